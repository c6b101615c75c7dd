"""The queue is a hint: where it is lost, callers succeed and the sweep finds the rows."""

import subprocess
import sys

import pytest

from catalog.models import Item
from tests.factories import make_item, make_workspace
from tests.processes import ROOT, environment

SEND = """
import django; django.setup()
from accounts.models import Workspace
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
workspace = Workspace.objects.get()
print([row.status for row in upsert_items(workspace=workspace, rows=[ItemIn(id="7")])])
"""


@pytest.mark.django_db(transaction=True)
def test_a_row_is_stored_though_redis_is_away(tmp_path):
    make_workspace()
    away = {"LIKENESS_REDIS_URL": f"unix://{tmp_path}/nobody.sock"}
    done = subprocess.run(
        [sys.executable, "-c", SEND],
        env=environment() | away | {"DJANGO_SETTINGS_MODULE": "likeness.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "['created']"
    assert Item.objects.filter(external_id="7").exists()
    assert "nobody.sock" in done.stderr, "the loss was not logged"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_starts_finds_what_nobody_asked_for(start_worker):
    item = make_item(make_workspace(), text="Never announced.")
    worker = start_worker()
    assert worker.finds(lambda: Item.objects.get(pk=item.pk).clean_text == "Never announced.")
