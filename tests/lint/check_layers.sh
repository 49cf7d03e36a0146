#!/bin/sh
# A file includes only headers of its own layer and of those below it, and a
# foreign library stays in the layers that are made for it.
set -eu

top=${srcdir:-.}
cd "$top"
status=0

allowed() {
	case $1 in
	base)   echo "base" ;;
	http)   echo "base http" ;;
	vault)  echo "base http vault" ;;
	cache)  echo "base http vault cache" ;;
	auth)   echo "base http vault auth" ;;
	proxy)  echo "base http vault cache auth proxy" ;;
	admin)  echo "base http vault cache auth proxy admin" ;;
	config) echo "base http vault cache auth proxy admin config" ;;
	main)   echo "base http vault cache auth proxy admin config main" ;;
	esac
}

complain() {
	echo "$1" >&2
	status=1
}

for layer in base http vault cache auth proxy admin config main; do
	for file in src/"$layer"/*.[ch] include/"$layer"/*.h; do
		[ -e "$file" ] || continue
		used=$(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" |
		    sort -u)
		for other in $used; do
			case " $(allowed "$layer") " in
			*" $other "*) ;;
			*) complain "$file: $layer may not use $other" ;;
			esac
		done
	done
done

# library header, then the layers that may include it
library() {
	found=$(grep -lE "^#include <$1" src/*/*.[ch] include/*/*.h || true)
	for file in $found; do
		case $file in
		include/*) complain "$file: <$1> in a public header" ;;
		esac
		layer=$(echo "$file" | cut -d/ -f2)
		case " $2 " in
		*" $layer "*) ;;
		*) complain "$file: <$1> does not belong in $layer" ;;
		esac
	done
}
library event2/ "base http"
library curl/ "http"
library openssl/ "base http auth config"
library jansson.h "vault auth admin config"
library 'ut[a-z]*\.h' "http vault cache auth proxy"

exit $status
