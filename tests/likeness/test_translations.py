import gettext
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import unfold

from likeness.settings.theme_words import THEME_WORDS
from recommendations.wording import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "platform/likeness/locale/zh_Hans/LC_MESSAGES/django.po"
FOLDERS = ("platform", "profiles", "recommendations", "workers", "templates")

needs_gettext = pytest.mark.skipif(
    shutil.which("msgfmt") is None, reason="gettext's programs are not installed"
)


def read_catalogue(po: Path, at: Path) -> dict[str, str]:
    """Compile a catalogue and return its translations by message."""
    compiled = at / "compiled.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", compiled, po], check=True)
    return read_compiled(compiled)


def read_compiled(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        found = gettext.GNUTranslations(file)._catalog
    return {
        key if isinstance(key, str) else key[0]: words for key, words in found.items() if key != ""
    }


def messages_of(po: Path, at: Path) -> set[str]:
    """Return every message of a catalogue, translated or not."""
    filled = at / "filled.po"
    subprocess.run(["msgen", "-o", filled, po], check=True)
    return set(read_catalogue(filled, at))


@needs_gettext
def test_every_message_of_the_catalogue_is_translated(tmp_path):
    assert messages_of(CATALOGUE, tmp_path) == set(read_catalogue(CATALOGUE, tmp_path))
    assert "fuzzy" not in CATALOGUE.read_text("utf-8")


@needs_gettext
def test_the_compiled_catalogue_is_the_one_that_is_read(tmp_path):
    compiled = read_compiled(CATALOGUE.with_suffix(".mo"))
    assert compiled == read_catalogue(CATALOGUE, tmp_path)


@needs_gettext
def test_the_catalogue_has_every_message_of_the_sources(tmp_path):
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("locale", "data", "__pycache__", "migrations")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    (tmp_path / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=True,
    )
    found = messages_of(tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po", tmp_path)
    assert len(found) > 100
    assert found - messages_of(CATALOGUE, tmp_path) == set()


def test_titles_of_all_scenarios_stand_in_plain_quotation_marks():
    """The pointed marks are for books and films only; items may be shoes or walks."""
    words = read_compiled(CATALOGUE.with_suffix(".mo")).values()
    titled = [text for text in words if "%(title)s" in text]
    assert len(titled) > 10
    assert all("“%(title)s”" in text for text in titled)
    assert not any("《" in text for text in SENTENCES["zh"].values())


def test_the_words_listed_for_the_theme_are_those_it_asks_for():
    theme = Path(unfold.__file__).parent
    pages = [path.read_text("utf-8") for kind in ("*.html", "*.py") for path in theme.rglob(kind)]
    text = "\n".join(pages)
    assert [
        words for words in THEME_WORDS if f'"{words}' not in text and f"'{words}" not in text
    ] == []
