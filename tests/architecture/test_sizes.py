"""Files fit two screens and functions half of one; what must be split is split."""

import ast

import pytest

from tests.architecture.sources import FLOORS, ROOT, tree_of

LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
VAGUE = {"utils.py", "helpers.py", "util.py", "helper.py", "misc.py", "common.py"}

SOURCES = sorted(
    path
    for folder in [*FLOORS.values(), ROOT / "tests"]
    for path in folder.rglob("*.py")
    if "migrations" not in path.parts
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_and_its_functions_are_short(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_MODULE, f"{lines} lines"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_no_module_is_called_after_nothing():
    assert [path for path in SOURCES if path.name in VAGUE] == []


def test_every_module_says_what_it_keeps():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text("utf-8").strip()
        and ROOT / "tests" not in path.parents
        and path.name != "apps.py"
        and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []
