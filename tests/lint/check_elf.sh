#!/bin/sh
# The program is built so that a mistake in it is hard to use: placed anywhere,
# its tables read-only from the start, no stack that runs, with canaries, checked
# copies, and jumps and returns that the processor can check (CET).
set -eu

program=${builddir:-.}/leasehold
status=0

complain() {
	echo "$program: $1" >&2
	status=1
}

command -v readelf >/dev/null || {
	echo "no readelf"
	exit 77
}
[ -r "$program" ] || {
	echo "$program is not built" >&2
	exit 1
}
export LC_ALL=C
header=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(readelf --dyn-syms -W "$program")

echo "$header" | grep -q 'Type: *DYN' || complain "is no PIE"
echo "$dynamic" | grep -q 'Flags:.*PIE' || complain "is not marked PIE"
echo "$segments" | grep -q 'GNU_RELRO' || complain "has no RELRO"
echo "$dynamic" | grep -qE 'BIND_NOW|Flags:.*NOW' ||
    complain "binds lazily: RELRO is not full"
echo "$dynamic" | grep -qE 'RPATH|RUNPATH' &&
    complain "looks for libraries in a path of its own"
echo "$dynamic" | grep -q 'TEXTREL' && complain "has relocations in its text"
stack=$(echo "$segments" | awk '$1 == "GNU_STACK" { print $7 }')
[ "$stack" = RW ] || complain "stack is '$stack', not RW"
echo "$segments" | awk '$1 == "LOAD" && / RWE / { found = 1 }
    END { exit found ? 0 : 1 }' &&
    complain "has memory that can be written and run"

# The linker marks the program only where the C library's start files are too.
if echo "$header" | grep -q 'X86-64'; then
	for library in "$(dirname "$program")"/lib*.a; do
		readelf -nW "$library" | awk '/^File/ { objects++ }
		    /IBT, SHSTK/ { marked++ }
		    END { exit objects > 0 && marked == objects ? 0 : 1 }' ||
		    complain "$library is not made for CET"
	done
fi

# What the sanitizers put in their place.
if echo "$symbols" | grep -q '__asan_init'; then
	exit $status
fi
echo "$symbols" | grep -q '__stack_chk_fail' ||
    complain "has no stack protector"
echo "$symbols" | grep -qE '__[a-z]+_chk' ||
    complain "has no checked copies (_FORTIFY_SOURCE)"
exit $status
