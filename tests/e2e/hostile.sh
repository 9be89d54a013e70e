#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The short form of scripts/hostile: a stream beside a flood of mangled datagrams.
# cases: simple main main-aes256
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
timeout 60 "$TOP/scripts/hostile" --profile "$1" --count 30000 --build "$BUILD"
