#!/bin/sh
# clang-tidy finds nothing in the source, by the checks that .clang-tidy names.
# The analyzer follows calls no deeper than it must to be done in minutes:
# contrib/ci/run.sh calls this by itself, "make check" does not.
set -eu

top=${srcdir:-.}
build=$(cd "${builddir:-.}" && pwd)
cd "$top"
command -v clang-tidy >/dev/null || {
	echo "no clang-tidy"
	exit 77
}
[ -f "$build/config.h" ] || {
	echo "$build is not configured" >&2
	exit 1
}
export build
# shellcheck disable=SC2016
printf '%s\n' src/*/*.c | xargs -P "${JOBS:-$(nproc)}" -n 1 sh -c '
    out=$(clang-tidy --quiet "$0" -- -std=gnu11 -D_GNU_SOURCE -Iinclude \
	-I"$build" -I"$(dirname "$0")" \
	-Xclang -analyzer-config -Xclang mode=shallow 2>&1) || {
	echo "$out"
	exit 1
    }'
