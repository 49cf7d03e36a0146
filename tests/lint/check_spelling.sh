#!/bin/sh
# No word is spelled in a way that codespell knows to be wrong.
set -eu

top=${srcdir:-.}
cd "$top"
command -v codespell >/dev/null || {
	echo "no codespell"
	exit 77
}
# Words that are right here: mdoc's Nd, the field TE, the rows called statics.
# Files with words that are wrong on purpose are left out.
exec codespell --ignore-words-list nd,te,statics \
    --skip 'tests/integration/bad_configs,tests/integration/compat,tests/fuzz/corpus,test_schema.c,test_span.c,*.pyc,*.sum' \
    README.md .ci configure.ac contrib etc include src tests
