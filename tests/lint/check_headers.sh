#!/bin/sh
# Each header of ours compiles alone.
set -eu

top=${srcdir:-.}
cd "$top"
status=0
for header in include/*/*.h src/*/*.h; do
	dir=$(dirname "$header")
	if ! printf '#include "%s"\n' "$(basename "$header")" |
	    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra \
	    -Werror -Iinclude -I"$dir" -x c -; then
		echo "$header: does not compile alone" >&2
		status=1
	fi
done
exit $status
