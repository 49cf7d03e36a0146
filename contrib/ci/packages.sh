# The Debian packages of the project, and how they are installed when they
# are missing. Sourced by contrib/ci/run.sh and contrib/demo/demo.sh.
# shellcheck shell=bash

BUILD_PACKAGES=(
	autoconf automake build-essential pkg-config
	libevent-dev libssl-dev libcurl4-openssl-dev libjansson-dev
	libseccomp-dev uthash-dev
)
TEST_PACKAGES=(
	busybox-static clang-tidy codespell curl debhelper dpkg-dev faketime gdb
	jq libcmocka-dev libhttp-parser-dev lintian mandoc openssl postgresql
	prometheus python3 python3-pytest python3-venv python3-yaml shellcheck
	systemd util-linux wget xz-utils
)
DEMO_PACKAGES=(curl jq openssl postgresql python3 util-linux)

# Those of the named packages that are not installed.
missing_packages()
{
	local package

	for package; do
		dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null |
		    grep -q '^install ok installed$' || echo "$package"
	done
}

# Runs apt-get only when something is missing, as root or through sudo.
install_packages()
{
	local -a missing as_root=()

	# Elsewhere than on Debian, configure tells what is missing.
	command -v dpkg-query >/dev/null || return 0
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		if ! sudo -n true 2>/dev/null; then
			echo "please install: ${missing[*]}" >&2
			return 1
		fi
		as_root=(sudo -n)
	fi
	echo "installing: ${missing[*]}" >&2
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq \
	    >&2
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    -qq --no-install-recommends "${missing[@]}" >&2
}
