#!/bin/sh
# Our shell scripts have none of the mistakes that shellcheck knows.
set -eu

top=${srcdir:-.}
cd "$top"
command -v shellcheck >/dev/null || {
	echo "no shellcheck"
	exit 77
}
scripts=$(grep -lE '^#!.*[/ ](ba)?sh( |$)' .ci/run contrib/*/* tests/*/* \
    2>/dev/null || true)
[ "$(echo "$scripts" | wc -l)" -ge 10 ] || {
	echo "not all scripts were found: $scripts" >&2
	exit 1
}
# Left out: advice on style, and names that are words of ours.
# shellcheck disable=SC2086
exec shellcheck --external-sources --severity=warning $scripts
