#!/bin/sh
# The manual page of the configuration names every key, with its kind and its
# default, in the section of its block; and is clean.
set -eu

top=${srcdir:-.}
page=$top/src/config/leasehold.conf.5
rows=${builddir:-.}/tests/lint/config_rows
status=0

complain() {
	echo "$1" >&2
	status=1
}

# Items as "key kind default", one a line.
items=$(awk '
	function flush() {
		if (key != "")
			print key, kind, preset
		key = ""
	}
	/^\.It Cm [a-z_]+ No = Ar / {
		flush()
		key = $3
		kind = $0
		sub(/.* Ar /, "", kind)
		preset = ""
		next
	}
	/^\.(El|It|Sh)/ { flush(); next }
	prev == "Default:" && /^\.Ql [^ ]+ \.$/ { preset = $2 }
	{ prev = $0 }
' "$page")

total=$("$rows" | wc -l)
[ "$total" -gt 60 ] || complain "$rows: only $total keys"
"$rows" | while IFS= read -r line; do
	block=$(printf '%s' "$line" | cut -f1)
	key=$(printf '%s' "$line" | cut -f2)
	kind=$(printf '%s' "$line" | cut -f3)
	preset=$(printf '%s' "$line" | cut -f4)
	printf '%s\n' "$items" | grep -qxF "$key $kind $preset" ||
	    echo "$page: no item for $block $key = $kind, default '$preset'"
done >config_docs.missing
if [ -s config_docs.missing ]; then
	cat config_docs.missing >&2
	status=1
fi
rm -f config_docs.missing

if command -v mandoc >/dev/null; then
	mandoc -Tlint -W warning "$page" || complain "$page: not clean"
fi
exit $status
