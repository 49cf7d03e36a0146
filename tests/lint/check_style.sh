#!/bin/sh
# What review would say every time: banned functions, long lines, unfinished
# marks, missing licence lines, files missing from the map.
set -eu

top=${srcdir:-.}
cd "$top"
status=0

complain() {
	echo "$1" >&2
	status=1
}

sources=$(find src include -name '*.[ch]')

banned='strcpy|strcat|sprintf|vsprintf|atoi|atol|system|gets|rand|strtok|sleep|usleep|alloca'
# shellcheck disable=SC2086
if grep -nE "(^|[^_a-zA-Z0-9>.\"])($banned)\(" $sources; then
	complain "banned functions, above"
fi
# shellcheck disable=SC2086
if expand $sources | awk 'length($0) > 100 { bad = 1; print } END { exit !bad }'; then
	complain "lines above 100 columns"
fi
# shellcheck disable=SC2086
if grep -nE '\b(TODO|FIXME|XXX|HACK)\b' $sources; then
	complain "unfinished marks, above"
fi
# shellcheck disable=SC2086
if grep -nE '(^|[;{}])[[:space:]]*//' $sources; then
	complain "comments with //, above"
fi
for file in $sources; do
	grep -q 'SPDX-License-Identifier' "$file" ||
	    complain "$file: no SPDX line"
done
for file in src/*/*.c; do
	grep -qF "$(basename "$file" | sed 's/\.[ch]$//')" src/README ||
	    complain "$file: not in src/README"
done
exit $status
