#!/bin/bash
# Runs on a desk what CI runs.
#
#   contrib/ci/run.sh test       all tests, plain and with sanitizers; static
#                                analysis; distcheck
#   contrib/ci/run.sh demo       the demo
#   contrib/ci/run.sh service    the chapter "As a service" of README.md, in a
#                                clean Debian 12; needs root and namespaces
#
# "test" builds in build/plain and build/sanitizers. Its last line is
# "N passed, N failed, N skipped" over all of cmocka, the lints and pytest.
# JOBS says how many compilers run at once.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
python=/usr/bin/python3		# the one that Debian's pytest belongs to
jobs=${JOBS:-$(nproc)}
server=				# program; empty: none can be had
failed=()			# steps that failed, other than by a test

# shellcheck source=contrib/ci/packages.sh
. "$top/contrib/ci/packages.sh"

say()
{
	printf '%s [%4ds] %s\n' "$(date -u +%H:%M:%S)" "$SECONDS" "$*"
}

# Runs a step; shows its output only when it fails, or with V=1.
step()
{
	local name=$1 log
	shift

	say "$name"
	log=$build/$(tr -c 'a-z0-9\n' - <<<"$name").log
	if [ -n "${V:-}" ]; then
		"$@"
		return
	fi
	"$@" >"$log" 2>&1 || {
		tail -n 200 "$log"
		say "$name: failed (all of it: $log)"
		return 1
	}
}

# A step that the rest needs: without it the run ends here, as failed.
must_step()
{
	step "$@" || {
		echo "0 passed, 1 failed, 0 skipped"
		exit 1
	}
}

# configure_in <folder> <option>...
configure_in()
{
	local folder=$build/$1
	shift

	mkdir -p "$folder" && cd "$folder" || return
	if [ config.status -nt "$top/configure" ]; then
		return 0
	fi
	"$top/configure" --enable-werror "$@"
}

prepare_source()
{
	cd "$top" || return
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		autoreconf -fi
	fi
}

find_server()
{
	local status=0

	say "look for a Vault or OpenBao server"
	server=$(sh "$top/tests/vault/find") || status=$?
	case $status in
	0)	say "server: $server" ;;
	1)	say "no server can be had: live tests are skipped" ;;
	*)	failed+=(--problem "build of the Vault server")
		server=/nonexistent ;;
	esac
}

# The program and all test programs, so that a later "make check" can fail by
# a test only.
build_in()
{
	make -C "$build/$1" -j"$jobs" all &&
	    make -C "$build/$1" -j"$jobs" check TESTS=
}

check_in()
{
	cd "$build/$1" || return
	find . \( -name '*.trs' -o -name 'test_*.log' \) -delete
	make -j"$jobs" -k check
}

# integration <folder> <pytest option>...: shows pytest's own progress.
integration()
{
	local folder=$build/$1
	shift

	say "integration tests on ${folder##*/}"
	rm -f "$folder/integration.xml"
	(cd "$top/tests" && PYTHONDONTWRITEBYTECODE=1 \
	    LEASEHOLD_BIN=$folder/leasehold LEASEHOLD_TEST_VAULT=$server \
	    "$python" -m pytest -q --durations=5 \
	    --junitxml="$folder/integration.xml" "$@") || true	# counted later
}

analyse()
{
	(cd "$top" && builddir=$build/plain JOBS=$jobs \
	    sh tests/lint/check_analysis.sh)
}

distcheck()
{
	cd "$build/plain" || return
	make -j"$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror
}

tally()
{
	local -a arguments=()
	local kind

	[ -z "$server" ] || arguments+=(--need-live)
	for kind in plain sanitizers; do
		arguments+=(--log "$build/$kind/tests"
		    --junit "$build/$kind/integration.xml")
	done
	"$python" "$top/contrib/ci/tally.py" "${arguments[@]}" "${failed[@]}"
}

run_tests()
{
	mkdir -p "$build"
	exec 9>"$build/lock"
	flock -n 9 || {
		say "another run is using $build: waiting"
		flock 9
	}
	must_step "install packages" \
	    install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
	must_step "prepare the source" prepare_source
	must_step "configure plain" configure_in plain
	must_step "build plain" build_in plain
	must_step "configure sanitizers" \
	    configure_in sanitizers --enable-sanitizers
	must_step "build sanitizers" build_in sanitizers
	step "check plain" check_in plain || true	# counted later
	step "check sanitizers" check_in sanitizers || true
	find_server
	integration plain
	integration sanitizers -m "not plain"
	step "static analysis" analyse || failed+=(--problem "static analysis")
	step "distcheck" distcheck || failed+=(--problem distcheck)
	say "done"
	tally
}

case ${1:-} in
test)	run_tests ;;
demo)	exec bash "$top/contrib/demo/demo.sh" ;;
service) exec bash "$top/contrib/ci/service.sh" ;;
*)	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
	exit 2 ;;
esac
