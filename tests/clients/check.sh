# What programs in shell tell of their steps; the step is $step.
# shellcheck shell=sh disable=SC2154

fail()
{
	echo "$step: $*" >&2
	exit 1
}

# check IS SHOULD_BE
check()
{
	[ "$1" = "$2" ] || fail "is '$1', should be '$2'"
	echo "$step ok"
}

# get FILTER: of the answer of the last call, which must have it.
get()
{
	echo "$answer" | jq -er "$1"
}
