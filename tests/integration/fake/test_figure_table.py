"""Every figure that is shown has a test that makes it move.

figures.tsv names it: the figure, and the test, whose text must speak of it,
or that of a helper beside it.
A figure of the metrics is a family, with its labels but for those that are
addresses, bounds or codes; one of the status is a path of keys.
"""

import ast
import pathlib
import re

import pytest

from support import figures, settings

pytestmark = pytest.mark.fake
HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "figures.tsv"
UNNAMED = re.compile(r'(server|le|code)="[^"]*",?')


def families(samples):
    """The figures that the metrics show."""
    found = set()
    for sample in samples:
        name, _, labels = sample.partition("{")
        name = re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name)
        labels = UNNAMED.sub("", labels.rstrip("}")).rstrip(",")
        found.add(name + (f"{{{labels}}}" if labels else ""))
    return found


def keys(tree, path="status"):
    """The figures that the status shows: what is neither object nor list of
    objects."""
    if isinstance(tree, list) and tree and isinstance(tree[0], dict):
        return keys(tree[0], path + "[]")
    if not isinstance(tree, dict):
        return {path}
    return {figure for key, value in tree.items()
            for figure in keys(value, f"{path}.{key}")}


def rows():
    """The table."""
    return [line.split("\t") for line in TABLE.read_text().splitlines()]


def test_the_table_names_every_figure_and_no_other(
        daemons, upstream, tokens, approle_files, folder):
    method = {**settings.approle(*approle_files),
              **settings.sink(folder / "token")}
    (folder / "key").write_text("sixteen bytes and more")
    daemon = daemons.start(settings.proxy(
        upstream.address, method, cache={'persist "file"': {
            "path": str(folder / "persist"),
            "key_file": str(folder / "key")}})).wait_ready()
    shown = families(figures.read(daemon)) | keys(daemon.status())
    named = [figure for figure, _ in rows()]
    assert len(named) == len(set(named))
    assert set(named) == shown
    assert tokens.logins == 1


def words(figure):
    """What the text of a test must hold."""
    if figure.startswith("status"):
        return [f'"{figure.rpartition(".")[2]}"']
    name, _, labels = figure.partition("{")
    return [name.removeprefix("leasehold_")] + [
        value for value in re.findall(r'"([^"]*)"', labels)]


@pytest.mark.parametrize("figure,name", rows(), ids=lambda cell: cell)
def test_its_test_exists_and_speaks_of_it(figure, name):
    path, _, function = name.partition("::")
    text = (HERE / path).read_text()
    body = {node.name: ast.get_source_segment(text, node)
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)}
    assert function in body, name
    spoken = body[function] + "".join(
        part for other, part in body.items() if not other.startswith("test_"))
    for word in words(figure):
        assert word in spoken, f"{name} does not speak of {word}"
