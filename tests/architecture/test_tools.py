"""The linters, the type checker and the schema agree with the code."""

import subprocess
import sys

import pytest
from django.core.management import call_command

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.slow


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def test_ruff_finds_nothing():
    run("ruff", "check", ".")


def test_everything_is_formatted():
    run("ruff", "format", "--check", ".")


def test_types_hold():
    run("mypy")


def test_models_and_migrations_agree(db: None):
    call_command("makemigrations", check=True, dry_run=True)


def test_djangos_own_checks_pass(db: None, settings):
    settings.ALLOWED_HOSTS = [host for host in settings.ALLOWED_HOSTS if host != "testserver"]
    call_command("check", fail_level="WARNING")
