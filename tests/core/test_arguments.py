"""What is typed after a command is read before any work, or refused with its remedy."""

from argparse import ArgumentTypeError

import pytest
from django.core.management import CommandError, call_command

from core.arguments import count, limit, new_file, new_folder


def test_a_file_to_be_written_gets_its_folder_and_is_not_made_yet(tmp_path):
    path = tmp_path / "figures" / "of-today" / "report.json"
    assert new_file(str(path)) == path
    assert path.parent.is_dir()
    assert not path.exists()


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("of yesterday")
    assert new_file(str(path)).read_text() == "of yesterday"


@pytest.mark.parametrize("name", ["", "a-file/report.json"])
def test_what_cannot_be_written_is_refused_by_its_name(tmp_path, name):
    (tmp_path / "a-file").write_text("")
    path = tmp_path / name
    with pytest.raises(ArgumentTypeError, match=f"'{path}' cannot be written: .*Name a file"):
        new_file(str(path))


def test_a_folder_to_be_drawn_into_is_made_and_left_empty(tmp_path):
    assert list(new_folder(str(tmp_path / "plots" / "new")).iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "no-such-folder", "--json"),
        ("evaluate", "no-such-folder", "--markdown"),
        ("evaluate", "no-such-folder", "--plots"),
        ("benchmark", "serve", "--json"),
        ("benchmark_models", "no-such-folder", "--json"),
    ],
)
def test_no_command_begins_with_what_it_could_not_keep(tmp_path, words):
    (tmp_path / "a-file").write_text("")
    with pytest.raises(CommandError, match=r"a-file/report\S*' cannot be written"):
        call_command(*words, str(tmp_path / "a-file" / "report"))


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", ""])
def test_a_count_is_a_whole_number_above_0(text):
    with pytest.raises(ArgumentTypeError, match=f"'{text}' is not a whole number above 0"):
        count(text)
    assert count("12") == 12


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("costs", "--workspace", "w", "--budget-seconds", "1.5"), "'1.5' is neither a whole"),
        (("costs", "--workspace", "w", "--days", "x"), "'x' is not a whole number above 0"),
        (("evaluate", "folder", "--peer-tries", "x"), "'x' is not a whole number above 0"),
    ],
)
def test_commands_say_which_value_cannot_be_used_and_what_can(words, told):
    with pytest.raises(CommandError, match=told):
        call_command(*words)


def test_a_limit_may_be_lifted():
    assert (limit("0"), limit("none")) == (0, -1)
