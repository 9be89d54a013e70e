# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# Sourced: builds $SANITIZED, the tree by clang with the sanitizers and the fuzz targets.
SANITIZED=$BUILD-asan
CC=$(command -v clang-14 || command -v clang)
export CC UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
[ -f "$SANITIZED/build.ninja" ] || meson setup "$SANITIZED" "$TOP" -Dbuildtype=debugoptimized \
	-Db_sanitize=address,undefined -Db_lundef=false -Dfuzzing=true
ninja -C "$SANITIZED"
