"""Settings that are each fine and together dangerous."""

import subprocess
import sys

from likeness.checks import secret_key_is_secret
from tests.processes import ROOT


def test_the_known_key_may_not_serve_others(settings):
    settings.ALLOWED_HOSTS = ["localhost", "likeness.example"]
    (error,) = secret_key_is_secret()
    assert error.id == "likeness.E001"
    assert "likeness.example" in error.msg


def test_only_this_machine_is_answered_unless_others_are_named():
    show = "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    bare = {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "likeness.settings",
    }
    done = subprocess.run([sys.executable, "-c", show], env=bare, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "['localhost', '127.0.0.1', '[::1]']"


def test_a_laptop_may_use_the_known_key(settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    assert secret_key_is_secret() == []


def test_a_key_of_ones_own_serves_anybody(settings):
    settings.ALLOWED_HOSTS = ["likeness.example"]
    settings.SECRET_KEY = "a long key that nobody else knows"
    assert secret_key_is_secret() == []
