#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The short form of scripts/hostile: a stream beside a flood of mangled datagrams.
set -euo pipefail
. "${TOP:-.}/scripts/lab.sh"
lab_enter "$@"
timeout 60 "$TOP/scripts/hostile" --count 30000 --build "$BUILD"
