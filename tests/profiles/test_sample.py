"""Who stands for everybody."""

import hashlib

import pytest

from profiles.models import Interaction, User
from profiles.queries import evidence
from profiles.queries.evidence import fingerprint_of, sample_of
from profiles.services.places import ensure_profiles
from profiles.services.quality import leave_out
from tests.factories import make_interaction, make_item, make_user, make_workspace

pytestmark = pytest.mark.django_db
NAMES = tuple(f"reader {number}" for number in range(12))


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Five stand for all."""
    monkeypatch.setattr(evidence, "SAMPLE", 5)


def crowd(workspace, names=NAMES):
    """Users who did one thing each."""
    item = make_item(workspace)
    for name in names:
        make_interaction(make_user(workspace, name), item)


def drawn(workspace) -> list[str]:
    """The sample by outer ids, in its order."""
    names = User.objects.in_bulk(list(sample_of(workspace.pk)))
    return [names[pk].external_id for pk in sample_of(workspace.pk)]


def lot(name: str) -> str:
    return hashlib.md5(name.encode()).hexdigest()


def test_the_lots_of_outer_ids_draw_them_whatever_order_they_were_stored_in():
    one, other = make_workspace(), make_workspace()
    crowd(one)
    crowd(other, NAMES[::-1])
    assert drawn(one) == drawn(other) == sorted(NAMES, key=lot)[:5]


def test_a_newcomer_takes_one_place_at_most_and_only_by_a_lower_lot(workspace):
    crowd(workspace)
    before, lots = drawn(workspace), sorted(map(lot, NAMES))
    low = next(name for name in map(str, range(1_000)) if lot(name) < lots[0])
    high = next(name for name in map(str, range(1_000)) if lot(name) > lots[4])
    crowd(workspace, [high])
    assert drawn(workspace) == before
    crowd(workspace, [low])
    assert drawn(workspace) == [low, *before[:4]]


def test_who_has_done_nothing_stands_for_nobody(workspace):
    crowd(workspace)
    before = drawn(workspace)
    low = next(name for name in map(str, range(1_000)) if lot(name) < lot(before[0]))
    newcomer = make_user(workspace, low)
    assert drawn(workspace) == before
    make_interaction(newcomer, make_item(workspace))
    assert drawn(workspace) == [low, *before[:4]]
    Interaction.objects.filter(user=newcomer).delete()
    assert drawn(workspace) == before


def test_the_fingerprint_tells_who_is_in_the_sample_and_all_that_they_do(workspace):
    crowd(workspace)
    before = fingerprint_of(workspace.pk)
    assert fingerprint_of(workspace.pk) == before
    inside = User.objects.get(external_id=drawn(workspace)[2])
    ensure_profiles(workspace.pk, [inside.pk])
    leave_out(user=inside, is_out=True)
    without = fingerprint_of(workspace.pk)
    assert without != before, "another took the place, with evidence as old"
    leave_out(user=inside, is_out=False)
    assert fingerprint_of(workspace.pk) != without
    seen = fingerprint_of(workspace.pk)
    User.objects.exclude(pk__in=list(sample_of(workspace.pk))).update(evidence_revision=9)
    assert fingerprint_of(workspace.pk) == seen
    User.objects.filter(pk=inside.pk).update(evidence_revision=9)
    assert fingerprint_of(workspace.pk) != seen


def test_a_workspace_in_which_nothing_happened_has_a_fingerprint_too(workspace):
    assert not list(sample_of(workspace.pk))
    assert fingerprint_of(workspace.pk) == fingerprint_of(workspace.pk)
