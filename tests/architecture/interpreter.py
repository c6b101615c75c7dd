"""Asks a fresh interpreter, which has loaded nothing yet."""

import os
import subprocess
import sys

from tests.architecture.sources import ROOT


def answer_of(code: str) -> str:
    """Return what `code` prints in a new interpreter with the project on its path."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ
        | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
            "DJANGO_SETTINGS_MODULE": "likeness.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]
