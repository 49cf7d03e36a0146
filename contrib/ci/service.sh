#!/bin/bash
# The chapter "As a service" of README.md, command by command, in a clean
# Debian 12 that is booted in a container: from a clone to a running service.
#
# Run by contrib/ci/run.sh service, as root. The server is that of the demo: a
# real one where one can be had. Everything lies in build/service and is
# removed at the next run; the end says whether it went well.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$top/build/service
root=$work/root
upstream=$work/upstream
suite=bookworm

# shellcheck source=contrib/ci/packages.sh
. "$top/contrib/ci/packages.sh"

# The commands of the chapter before or behind "sudo editor".
chapter()
{
	sed -n '/^## As a service/,/^## What/s/^    //p' "$top/README.md" |
	    case $1 in
	before)	sed '/^sudo editor /,$d' ;;
	behind)	sed '1,/^sudo editor /d' ;;
	esac
}

make_root()
{
	rm -rf "$work"
	mkdir -p "$upstream"
	debootstrap --variant=minbase \
	    --include=ca-certificates,curl,sudo,systemd-sysv \
	    "$suite" "$root"
	git clone -q "$top" "$root/root/leasehold"
}

# Not booted, and in the network of the host: packages are fetched.
build_package()
{
	{
		echo 'set -ex; cd /root/leasehold'
		echo 'export DEBIAN_FRONTEND=noninteractive'
		echo 'echo "APT::Get::Assume-Yes true;" >/etc/apt/apt.conf.d/yes'
		chapter before
	} >"$root/root/build.sh"
	container --as-pid2 /bin/bash /root/build.sh
}

start_upstream()
{
	local pid end=$((SECONDS + 120))

	mkfifo "$work/until-closed"
	/usr/bin/python3 "$top/contrib/demo/upstream.py" "$upstream" \
	    <"$work/until-closed" &
	pid=$!
	exec 8>"$work/until-closed"	# it ends when we do
	until [ -e "$upstream/address" ]; do
		kill -0 "$pid"
		[ "$SECONDS" -lt "$end" ]
		sleep 0.1	# between two looks: the file is its only sign
	done
}

# Boots; the chapter goes on as a unit, which then ends the container.
run_service()
{
	local sample=/etc/leasehold/leasehold.hcl

	{
		echo 'set -exo pipefail; export SYSTEMD_PAGER='
		echo "ROLE_ID=$(cat "$upstream/role_id")"
		echo "SECRET_ID=$(cat "$upstream/secret_id")"
		echo "sed -i 's|\"https://vault.*|\"$(cat "$upstream/address")\"|" \
		    "; /ca_cert/d' $sample"
		chapter behind
		echo 'systemctl show -P StatusText leasehold |' \
		    'grep "^token until"'
		echo 'curl --fail --unix-socket /run/leasehold/vault.sock' \
		    'http://localhost/leasehold/v1/ready'
		echo 'systemctl reload leasehold'
		echo 'systemctl restart leasehold'
		echo 'systemd-analyze security --threshold=20 leasehold |' \
		    'tail -n 1'
		echo 'echo WELL'
	} >"$root/root/start.sh"
	cat >"$root/etc/systemd/system/chapter.service" <<-END
	[Service]
	Type=oneshot
	ExecStart=/bin/bash /root/start.sh
	ExecStopPost=/bin/systemctl --no-block poweroff
	StandardOutput=file:/root/log
	StandardError=inherit
	[Install]
	WantedBy=multi-user.target
	END
	systemctl --root="$root" enable chapter.service
	# Its own list of system calls knows neither Landlock nor mlock(2).
	container --capability=CAP_IPC_LOCK --system-call-filter=@known \
	    --console=pipe --boot </dev/null >"$work/boot.log" 2>&1 || true
	cat "$root/root/log"
	[ "$(tail -n 1 "$root/root/log")" = WELL ]
}

container()
{
	timeout 900 systemd-nspawn --quiet --directory="$root" \
	    --machine=leasehold-service --register=no --keep-unit "$@"
}

install_packages "${DEMO_PACKAGES[@]}" debootstrap git systemd-container
make_root
build_package
start_upstream
run_service
echo "service: from a clean Debian 12 to a running service: it went well"
