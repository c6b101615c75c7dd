"""Reads the project's own sources as text and as syntax trees, for tests about their shape."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The floors from the bottom up, and the folder that each is kept in.
FLOORS = {
    "core": ROOT / "platform" / "core",
    "language": ROOT / "platform" / "language",
    "accounts": ROOT / "platform" / "accounts",
    "catalog": ROOT / "platform" / "catalog",
    "profiles": ROOT / "profiles",
    "recommendations": ROOT / "recommendations",
    "workers": ROOT / "workers",
    "likeness": ROOT / "platform" / "likeness",
}


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules_of(floor: str) -> list[Path]:
    """Return the modules of a floor."""
    return sorted(FLOORS[floor].rglob("*.py"))


def all_modules() -> list[Path]:
    """Return the modules of all floors."""
    return [path for floor in FLOORS for path in modules_of(floor)]


def name_of(path: Path) -> str:
    """Return the dotted name that a module is imported by."""
    below = path.relative_to(ROOT).with_suffix("")
    parts = [part for part in below.parts if part != "platform"]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Yield what a module imports, wherever in it the import stands; those for types too.

    `from a import b` yields both "a" and "a.b": which of them is a module is the reader's to know.
    """
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert node.level == 0, f"{path.relative_to(ROOT)} imports relatively"
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)
