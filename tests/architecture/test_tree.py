"""What lies at the top, and what templates and static files may ask for."""

import re
import subprocess

from tests.architecture.sources import FLOORS, ROOT

TOP = {
    ".ci",
    ".dockerignore",
    ".env.example",
    ".gitignore",
    ".github",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "compose.yaml",
    "constraints.txt",
    "docs",
    "manage.py",
    "platform",
    "profiles",
    "pyproject.toml",
    "recommendations",
    "templates",
    "tests",
    "workers",
}
# Those of a package are written to read the whole context, and are the package's.
INCLUDE = re.compile(r"""{%\s*include\s+(?!["']unfold/)[^%]*%}""")
# An address elsewhere that a browser would load from, unlike a link that a person follows.
LOADS = re.compile(
    r"""(?:src|srcset|href|action|poster)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import"""
)


def kept() -> list[str]:
    """The files that git keeps or would keep."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def templates():
    folders = [ROOT / "templates", *FLOORS.values()]
    return [path for folder in folders for path in folder.rglob("*.html")]


def test_nothing_else_lies_at_the_top():
    assert {path.split("/")[0].strip('"') for path in kept()} <= TOP


def test_platform_is_a_plain_folder():
    """With an `__init__.py` it would hide Python's own module of that name."""
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_includes_say_what_they_are_given():
    found = templates()
    assert found
    loose = [
        f"{path.relative_to(ROOT)}: {tag}"
        for path in found
        for tag in INCLUDE.findall(path.read_text("utf-8"))
        if not re.search(r"\sonly\s*%}$", tag)
    ]
    assert loose == []


def test_components_say_what_they_need():
    for path in (ROOT / "templates" / "components").glob("*.html"):
        assert path.read_text("utf-8").lstrip().startswith("{#"), path.name


def test_pages_load_nothing_from_elsewhere():
    static = ROOT / "platform" / "likeness" / "static"
    sources = [path for path in static.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    assert sources
    loading = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in [*templates(), *sources]
        for match in LOADS.finditer(path.read_text("utf-8"))
    ]
    assert loading == []


def test_the_guard_would_see_what_is_loaded_from_elsewhere():
    for bad in ('<script src="https://x/y.js">', "url('//x/y.woff2')", "<link href=//x/y.css>"):
        assert LOADS.search(bad), bad
    assert not LOADS.search('<img src="/static/a.svg"> https://example.org is a page')
