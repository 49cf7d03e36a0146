#!/bin/bash
# Puts together the root file system of a container image.
#
#   make-root.sh PROGRAM FOLDER             the program alone
#   make-root.sh PROGRAM FOLDER injector    as the agent image of an injector
#
# In it are the program, the libraries that it is linked to, the authorities
# that the system trusts, and a user. There is no shell; the image of an
# injector has busybox, for that one starts the agent by a line of shell, and
# the program under the names vault and bao.
set -euo pipefail

program=$1
root=$2
kind=${3:-}
user=100			# those that the injector runs its containers as
group=1000

# Mode, then the files that are made so; a path in the image is the same here.
copy()
{
	local mode=$1 path
	shift

	for path; do
		install -D -m "$mode" "$path" "$root$path"
	done
}

# Paths as the loader finds them; what it does not find ends this.
libraries_of()
{
	local lines

	lines=$(ldd "$1")
	if grep -q 'not found' <<<"$lines"; then
		echo "$lines" >&2
		return 1
	fi
	awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' <<<"$lines"
}

add_program()
{
	local -a libraries

	install -D -m 755 "$program" "$root/usr/bin/leasehold"
	strip "$root/usr/bin/leasehold"
	mapfile -t libraries < <(libraries_of "$program")
	[ ${#libraries[@]} -gt 0 ] || return 1
	copy 755 "${libraries[@]}"
	# For libraries that do not lie where the loader looks by itself.
	ldconfig -r "$root" -X 2>/dev/null || true
}

add_system()
{
	copy 644 /etc/ssl/certs/ca-certificates.crt
	[ ! -e /usr/lib/ssl/openssl.cnf ] || copy 644 /usr/lib/ssl/openssl.cnf
	echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
	cat >"$root/etc/passwd" <<-END
		root:x:0:0::/:/sbin/nologin
		leasehold:x:$user:$group::/home/vault:/sbin/nologin
	END
	cat >"$root/etc/group" <<-END
		root:x:0:
		leasehold:x:$group:
	END
}

# Where memory is mounted; the rest of the image is read-only.
add_folders()
{
	local path

	for path; do
		mkdir -p "$root$path"
		[ "$(id -u)" -ne 0 ] || chown "$user:$group" "$root$path"
	done
}

add_shell()
{
	local name

	install -D -m 755 "$(command -v busybox)" "$root/bin/busybox"
	for name in sh base64 sleep touch; do
		ln -s busybox "$root/bin/$name"
	done
	for name in vault bao; do
		ln -s /usr/bin/leasehold "$root/bin/$name"
	done
}

case $kind in
'' | injector) ;;
*)	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
	exit 2 ;;
esac
umask 022
mkdir -p "$root"
add_program
add_system
add_folders /etc/leasehold /run/leasehold /home/vault
if [ "$kind" = injector ]; then
	add_folders /vault/agent-cache /vault/configs /vault/secrets \
	    /vault/tls
	add_shell
fi
