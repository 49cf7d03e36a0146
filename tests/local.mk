# What the tests need beside the programs of "make check".
EXTRA_DIST += .ci/run contrib tests/README tests/integration tests/pytest.ini \
	tests/support tests/vault

dist-hook:
	find $(distdir) -name __pycache__ -prune -exec rm -rf {} +
