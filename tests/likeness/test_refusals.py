"""What cannot go on says so in one sentence; a bug keeps its traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError, connection

from core.errors import NotFoundError
from likeness.refusals import sentence_of
from tests.conftest import ROOT


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_database_that_is_not_there_is_named_with_its_setting():
    nowhere = "postgresql://nobody@127.0.0.1:1/likeness"
    done = run("portrait", "anyone", LIKENESS_DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert "LIKENESS_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named_with_its_value():
    done = run("check", LIKENESS_PORT="eight thousand")
    assert done.returncode == 1
    assert "LIKENESS_PORT='eight thousand' is not a whole number." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_missing_tables_ask_for_the_migrations():
    with pytest.raises(ProgrammingError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM a_table_of_tomorrow")
    assert "migrate" in str(sentence_of(caught.value))


@pytest.mark.django_db
def test_wrong_sql_is_a_bug_and_no_refusal():
    with pytest.raises(ProgrammingError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT FROM WHERE")
    assert sentence_of(caught.value) is None


def test_a_disk_that_fills_up_meanwhile_is_one_sentence():
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        full.write(b"one byte too many")
    assert "The disk is full: make room" in str(sentence_of(caught.value))


@pytest.mark.django_db
def test_a_full_disk_of_the_database_is_the_same_sentence():
    raising = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute(raising)
    assert "The disk is full: make room" in str(sentence_of(caught.value))


def test_another_broken_file_is_a_bug_and_no_refusal():
    assert sentence_of(FileNotFoundError(2, "No such file")) is None


def test_our_own_refusals_speak_for_themselves():
    assert sentence_of(NotFoundError("There is no user 'x' here.")) == "There is no user 'x' here."
