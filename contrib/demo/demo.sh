#!/bin/bash
# Shows leasehold at work, with plain curl and no token.
#
#   contrib/demo/demo.sh              show, then stop everything
#   contrib/demo/demo.sh --stay       show, then stay up until Ctrl-C
#   contrib/demo/demo.sh --stand-in   with the stand-in, whatever is there
#
# Installs what is missing (as root or through sudo), builds in build/demo
# unless $LEASEHOLD_BIN names a binary, and takes as upstream what the tests
# take: $LEASEHOLD_TEST_VAULT, bao or vault on PATH, or a server built with Go;
# failing these a stand-in that says so.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
stay=
stand_in=()
work=
leasehold_pid=
upstream_pid=
bold=
green=
plain=
if [ -t 1 ]; then
	bold=$'\033[1m' green=$'\033[32m' plain=$'\033[0m'
fi

# shellcheck source=contrib/ci/packages.sh
. "$top/contrib/ci/packages.sh"

say()
{
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

die()
{
	echo "demo: $*" >&2
	exit 1
}

# Ends what was started here, in reverse order; by the ids noted then.
stop_all()
{
	local status=$?

	trap - EXIT
	trap '' INT TERM
	[ -z "$leasehold_pid" ] || {
		kill "$leasehold_pid" 2>/dev/null || true
		wait "$leasehold_pid" || true
	}
	[ -z "$upstream_pid" ] || {
		exec 8>&-	# the end of its input is its sign to stop
		wait "$upstream_pid" || true
	}
	[ -z "$work" ] || rm -rf "$work"
	exit "$status"
}

# wait_for <seconds> <what> <command>...: polls, with a deadline. It sleeps
# between two looks: what it waits for are programs that tell nobody.
wait_for()
{
	local end=$((SECONDS + $1)) what=$2
	shift 2

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || die "waited in vain for $what"
		sleep 0.1
	done
}

build()
{
	local folder=$top/build/demo

	if [ -n "${LEASEHOLD_BIN:-}" ]; then
		binary=$LEASEHOLD_BIN
		return
	fi
	say "build (log: $folder.log)"
	mkdir -p "$folder"
	(
		exec 9>"$top/build/demo.lock"
		flock 9
		cd "$top"
		[ -x configure ] || autoreconf -fi
		cd "$folder"
		[ -f config.status ] || "$top/configure"
		make -j"$(nproc)" leasehold
	) >"$folder.log" 2>&1 9>&- || {
		tail -n 40 "$folder.log"
		die "the build failed"
	}
	binary=$folder/leasehold
}

# The upstream or, when it ended, no more waiting.
upstream_is_up()
{
	kill -0 "$upstream_pid" 2>/dev/null || die "the upstream did not start"
	[ -f "$work/address" ]
}

start_upstream()
{
	say "start an upstream (a server that must be built first takes minutes)"
	sh "$top/tests/vault/find" >/dev/null || true	# shows its progress
	mkfifo "$work/upstream.stdin"
	/usr/bin/python3 "$top/contrib/demo/upstream.py" "$work" \
	    ${stand_in[@]+"${stand_in[@]}"} <"$work/upstream.stdin" &
	upstream_pid=$!
	exec 8>"$work/upstream.stdin"
	wait_for 120 "the upstream" upstream_is_up
}

# The usual port unless somebody listens there.
pick_address()
{
	if (exec 3<>/dev/tcp/127.0.0.1/8200) 2>/dev/null; then
		echo 127.0.0.1:0
	else
		echo 127.0.0.1:8200
	fi
}

write_config()
{
	cat >"$work/leasehold.hcl" <<-END
	vault {
	  address = "$(cat "$work/address")"
	}
	auto_auth {
	  method "approle" {
	    config {
	      role_id_file_path                   = "$work/role_id"
	      secret_id_file_path                 = "$work/secret_id"
	      remove_secret_id_file_after_reading = false
	    }
	  }
	}
	api_proxy {
	  use_auto_auth_token = true
	}
	cache { }
	listener "tcp" {
	  address     = "$(pick_address)"
	  tls_disable = true
	}
	END
}

# Where leasehold listens, from its log.
bound_address()
{
	sed -n 's/.* listener\.opened .*address="\{0,1\}\([^ "]*\).*/\1/p' \
	    "$work/log" | head -n 1
}

leasehold_is_ready()
{
	local address

	kill -0 "$leasehold_pid" 2>/dev/null || {
		cat "$work/log"
		die "leasehold did not start"
	}
	address=$(bound_address)
	[ -n "$address" ] || return 1
	export VAULT_ADDR=http://$address
	curl -fso /dev/null "$VAULT_ADDR/leasehold/v1/ready"
}

start_leasehold()
{
	write_config
	say "start leasehold with this configuration"
	cat "$work/leasehold.hcl"
	env -u VAULT_ADDR -u BAO_ADDR -u VAULT_TOKEN -u BAO_TOKEN \
	    "$binary" -config "$work/leasehold.hcl" >"$work/log" 2>&1 8>&- &
	leasehold_pid=$!
	wait_for 20 "leasehold" leasehold_is_ready
	printf '\nexport VAULT_ADDR=%s\n' "$VAULT_ADDR"
}

# Prints a command and runs just that text.
run()
{
	printf '\n%s$ %s%s\n' "$green" "$1" "$plain"
	eval "$1"
}

show_transit()
{
	local secret sealed

	say "transit: encrypt and decrypt"
	secret=$(printf 'attack at dawn' | base64)
	run "curl -fsS \$VAULT_ADDR/v1/transit/encrypt/app \
-d '{\"plaintext\":\"$secret\"}' | tee sealed | jq -c .data"
	sealed=$(jq -r .data.ciphertext sealed)
	run "curl -fsS \$VAULT_ADDR/v1/transit/decrypt/app \
-d '{\"ciphertext\":\"$sealed\"}' | jq -r .data.plaintext | base64 -d; echo"
}

show_kv()
{
	say "kv: write and read"
	run "curl -fsS \$VAULT_ADDR/v1/kv1/web -d '{\"color\":\"blue\"}'"
	run "curl -fsS \$VAULT_ADDR/v1/kv1/web | jq -c .data"
}

# Shows a credential: how the cache took it, its lease, what is left of it.
read_credential()
{
	run "curl -fsS -D head \$VAULT_ADDR/v1/database/creds/db-app \
| tee lease | jq -c '[.lease_id, .lease_duration, .data.username]'"
	grep -i '^x-cache:' head
}

show_lease()
{
	say "a leased database credential: first from upstream"
	read_credential
	say "... then from the cache, its time running"
	sleep 2		# so that the shorter lease can be seen
	read_credential
	say "revoked through leasehold, the cache lets go of it"
	run "curl -fsS -X PUT \$VAULT_ADDR/v1/sys/leases/revoke \
-d '{\"lease_id\":\"$(jq -r .lease_id lease)\"}'"
	read_credential
}

show_next()
{
	say "what to try next"
	cat <<-END
	  curl \$VAULT_ADDR/leasehold/v1/status | jq .     its own view
	  curl \$VAULT_ADDR/leasehold/v1/metrics          for Prometheus
	  contrib/demo/demo.sh --stay                    keep all this running
	  man leasehold.conf, etc/                       every key; two samples
	  contrib/ci/run.sh test                         all tests
	END
}

parse_arguments()
{
	local argument

	for argument; do
		case $argument in
		--stay)		stay=yes ;;
		--stand-in)	stand_in=(--stand-in) ;;
		*)		sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
				exit 2 ;;
		esac
	done
}

parse_arguments "$@"
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
install_packages "${BUILD_PACKAGES[@]}" "${DEMO_PACKAGES[@]}"
work=$(mktemp -d "${TMPDIR:-/tmp}/leasehold-demo.XXXXXX")
build
start_upstream
start_leasehold
cd "$work"
show_transit
show_kv
show_lease
show_next
if [ -n "$stay" ]; then
	say "up until Ctrl-C: export VAULT_ADDR=$VAULT_ADDR"
	wait "$leasehold_pid"
fi
