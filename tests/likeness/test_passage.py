"""Who is let through a closed folder, and who is not."""

import os
import subprocess
from pathlib import Path

import pytest

from likeness.passage import may_pass, open_way

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes other users")

GUEST, STRANGER = 54_321, 54_322


@pytest.fixture
def home(tmp_path_factory) -> Path:
    """A closed folder below others that both may pass through."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    for uid in (GUEST, STRANGER):
        open_way(home, uid)
    (home / "inner").mkdir()
    return home


def can(uid: int, words: str, path: Path) -> bool:
    """Try it as that user, with a program that is not in a closed folder itself."""
    done = subprocess.run(
        [*words.split(), path], user=uid, group=uid, extra_groups=[], cwd="/", check=False
    )
    return done.returncode == 0


def test_one_user_passes_and_cannot_list_and_others_do_neither(home):
    assert open_way(home / "inner", GUEST) == [home]
    assert can(GUEST, "ls -d", home / "inner")
    assert not can(GUEST, "ls", home)
    assert not can(STRANGER, "ls -d", home / "inner")
    assert (may_pass(home, GUEST), may_pass(home, STRANGER)) == (True, False)


def test_a_way_that_is_open_is_left_as_it_is(home):
    open_way(home / "inner", GUEST)
    before = home.stat()
    assert open_way(home / "inner", GUEST) == []
    assert home.stat().st_ctime_ns == before.st_ctime_ns


def test_a_second_user_takes_nothing_from_the_first(home):
    open_way(home / "inner", GUEST)
    assert open_way(home / "inner", STRANGER) == [home]
    assert can(GUEST, "ls -d", home / "inner")
    assert can(STRANGER, "ls -d", home / "inner")
    assert not can(STRANGER, "ls", home)
