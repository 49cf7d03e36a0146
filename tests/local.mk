# What the tests need beside the programs of "make check".
EXTRA_DIST += .ci/run contrib tests/README tests/bench tests/clients \
	tests/coverage tests/fuzz/run \
	tests/integration tests/pytest.ini tests/support tests/vault

# Each one reads the source only, but for check_elf.sh, which reads the program.
lints = tests/lint/check_elf.sh tests/lint/check_headers.sh \
	tests/lint/check_layers.sh tests/lint/check_promises.sh \
	tests/lint/check_scripts.sh tests/lint/check_spelling.sh \
	tests/lint/check_style.sh
dist_check_SCRIPTS += $(lints) tests/lint/check_analysis.sh
TESTS += $(lints)

# What people read, and what is only read with the source.
dist_doc_DATA += README.md COPYING contrib/doc/threat-model.md
EXTRA_DIST += src/README .clang-format .clang-tidy

dist-hook:
	find $(distdir) -name __pycache__ -prune -exec rm -rf {} +
