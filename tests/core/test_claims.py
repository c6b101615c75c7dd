"""Rows are worked on by one worker at a time, and never stay taken for good."""

import os
import subprocess
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Item
from core import claims
from core.models import Claim
from tests.factories import make_item, make_workspace

LEASE = timedelta(seconds=60)


def due(workspace):
    return Item.objects.filter(workspace=workspace)


def test_what_one_worker_claims_another_does_not_get(workspace, monkeypatch):
    items = [make_item(workspace).pk for _ in range(3)]
    assert claims.claim("clean", due(workspace), limit=2, lease=LEASE) == items[:2]
    monkeypatch.setattr(claims, "holder", lambda: "elsewhere:1:1")
    assert claims.claim("clean", due(workspace), limit=2, lease=LEASE) == items[2:]


def test_a_row_may_be_claimed_for_two_stages_at_once(workspace):
    item = make_item(workspace)
    assert claims.claim("clean", due(workspace), limit=1, lease=LEASE) == [item.pk]
    assert claims.claim("tag", due(workspace), limit=1, lease=LEASE) == [item.pk]


def test_a_claim_that_ran_out_may_be_taken_by_anyone(workspace, monkeypatch):
    item = make_item(workspace)
    claims.claim("clean", due(workspace), limit=1, lease=timedelta(seconds=-1))
    monkeypatch.setattr(claims, "holder", lambda: "elsewhere:1:1")
    assert claims.claim("clean", due(workspace), limit=1, lease=LEASE) == [item.pk]
    assert Claim.objects.get().holder == "elsewhere:1:1"


def test_releasing_gives_back_only_what_one_holds(workspace):
    item = make_item(workspace)
    Claim.objects.create(
        stage="clean", row_id=item.pk, holder="elsewhere:1:1", until=timezone.now()
    )
    claims.release("clean", [item.pk])
    assert Claim.objects.count() == 1


def test_rows_up_to_a_given_one_are_passed_over(workspace):
    first, second = make_item(workspace).pk, make_item(workspace).pk
    assert claims.claim("clean", due(workspace), limit=5, lease=LEASE, after=first) == [second]


def test_what_a_dead_process_of_this_machine_held_is_given_back(workspace):
    item = make_item(workspace)
    ended = subprocess.Popen(["true"])
    ended.wait()
    machine = claims.holder().rsplit(":", 2)[0]
    until = timezone.now() + LEASE
    for stage, holder in {
        "dead": f"{machine}:{ended.pid}:1",
        "reused": f"{machine}:{os.getpid()}:1",
        "alive": claims.holder(),
        "elsewhere": "another-machine:1:1",
    }.items():
        Claim.objects.create(stage=stage, row_id=item.pk, holder=holder, until=until)
    assert claims.release_dead() == 2
    assert set(Claim.objects.values_list("stage", flat=True)) == {"alive", "elsewhere"}


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_the_same_moment_share_the_rows():
    workspace = make_workspace()
    items = {make_item(workspace).pk for _ in range(40)}
    taken: list[list[int]] = []
    together = threading.Barrier(4)

    def take() -> None:
        together.wait()
        while ids := claims.claim("clean", due(workspace), limit=3, lease=LEASE):
            taken.append(ids)
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [row for ids in taken for row in ids]
    assert sorted(everything) == sorted(set(everything)), "a row was taken twice"
    # A row that two reached for at once may be skipped by both; it stays due and is found again.
    assert set(everything) <= items
    assert len(everything) >= len(items) - 3
