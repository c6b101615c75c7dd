"""`.env.example` lists exactly the variables that are read, each with what it means."""

import ast
import re

from tests.architecture.sources import ROOT, all_modules, tree_of

SETTINGS = ROOT / "platform" / "likeness" / "settings"
READERS = {"text", "flag", "number", "words"}
LINE = re.compile(r"#?(LIKENESS_[A-Z_]+)=")


def read_variables() -> set[str]:
    """The names that the settings read, from their sources: all must be written out there."""
    found = set()
    for path in SETTINGS.glob("*.py"):
        for node in ast.walk(tree_of(path)):
            is_read = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.func.attr in READERS
            )
            if is_read:
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path.name} reads a name it made up"
                found.add(name.value)
    return found


def listed() -> list[tuple[str, str]]:
    """Each variable of the example with the line above it."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return [
        (match.group(1), lines[place - 1])
        for place, line in enumerate(lines)
        if (match := LINE.match(line))
    ]


def test_the_example_lists_what_is_read_and_nothing_else():
    names = [name for name, _ in listed()]
    assert sorted(names) == sorted(read_variables())
    assert all(name.startswith("LIKENESS_") for name in names)


def test_every_variable_is_explained_above_it():
    for name, above in listed():
        assert re.match(r"# \S.*", above), name


def test_only_the_settings_read_the_environment():
    """Elsewhere the environment is only handed on to a process, or told where settings are."""
    allowed = {"setdefault", "get"}
    for path in all_modules():
        if SETTINGS in path.parents:
            continue
        text = path.read_text("utf-8")
        assert "getenv" not in text, path
        for use in re.findall(r"os\.environ\.(\w+)\(\"?(\w*)", text):
            assert use[0] in allowed, path
            assert not use[1].startswith("LIKENESS_"), path
        assert not re.search(r"os\.environ\[", text), path
