#!/bin/sh
# Every test that the threat model names exists, and every promise names one.
set -eu

top=${srcdir:-.}
page=$top/contrib/doc/threat-model.md
status=0
names=0

complain() {
	echo "$page: $1" >&2
	status=1
}

for name in $(grep -oE '`(unit|integration|lint|fuzz)/[^`]+`' "$page" |
    tr -d '`'); do
	names=$((names + 1))
	file=$top/tests/${name%%::*}
	if [ ! -f "$file" ]; then
		complain "there is no ${name%%::*}"
		continue
	fi
	case $name in
	*.py::*)
		grep -q "^def ${name##*::}(" "$file" ||
		    complain "there is no $name" ;;
	*.c::*)
		grep -q "^${name##*::}(void \*\*state)" "$file" &&
		    grep -q "cmocka_unit_test" "$file" &&
		    grep -qE "^	*(cmocka_unit_test.*\()?.*${name##*::}[,)]" \
			"$file" || complain "there is no $name" ;;
	esac
done
[ "$names" -ge 40 ] || complain "only $names tests are named"

bare=$(sed -n '/^## Promises/,$p' "$page" | grep '^|' |
    grep -vE '^\|( Promise \||-)' | grep -v '`[a-z]*/' || true)
[ -z "$bare" ] || complain "no test holds: $bare"
exit $status
