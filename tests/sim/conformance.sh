#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# conformance.sh PROGRAM WANT [ARGUMENT...]: what the program prints is what the file says.
set -eu
program=$1
want=$2
shift 2
"$program" "$@" | diff "$want" -
