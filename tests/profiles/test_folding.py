"""Tags that were stored before traditional characters were read as simplified ones."""

import pytest
from django.utils import timezone

from catalog.models import ItemTag, Tag
from profiles.models import AspectReading, Statement
from profiles.services.folding import fold_keys
from tests.factories import make_interaction, make_item, make_tag, make_user
from tests.profiles.readers import Room

pytestmark = pytest.mark.django_db
OLD, TODAY = "科幻小說", "科幻小说"


def bear(tag, *items):
    for item in items:
        ItemTag.objects.create(
            workspace=tag.workspace, item=item, tag=tag, model="likeness.given", version="1"
        )


def believe(user, tag, **fields):
    return Statement.objects.create(
        **{"level": "observed", "polarity": 1, "strength": 0.5, "confidence": 0.5}
        | {"valid_from": timezone.now(), "model": "m", "version": "1"}
        | fields,
        workspace=user.workspace,
        user=user,
        tag=tag,
    )


def test_an_old_key_is_replaced_and_who_met_the_tag_hears_of_it(workspace):
    tag = make_tag(workspace, OLD, names={"zh": OLD})
    item, user = make_item(workspace), make_user(workspace)
    bear(tag, item)
    make_interaction(user, item)
    said = believe(user, tag, level="declared")
    before = user.evidence_revision
    assert fold_keys(workspace.pk) == 1
    tag.refresh_from_db()
    assert (tag.key, tag.names) == (TODAY, {"zh": OLD}), "shown as it was written"
    said.refresh_from_db()
    user.refresh_from_db()
    assert (said.tag, said.valid_until) == (tag, None)
    assert user.evidence_revision > before


def test_two_spellings_become_one_tag_with_all_that_was_of_either(workspace):
    old, kept = make_tag(workspace, OLD), make_tag(workspace, TODAY)
    one, both, other = (make_item(workspace) for _ in range(3))
    bear(old, one, both)
    bear(kept, both, other)
    room = Room(workspace)
    review = room.writes(room.reader(), "love", 1, "What acting!", value=5)
    AspectReading.objects.filter(reading__review=review).update(tag=old)
    child = make_tag(workspace, "太空", parent=old)
    fold_keys(workspace.pk)
    assert not Tag.objects.filter(pk=old.pk).exists()
    assert set(ItemTag.objects.filter(tag=kept).values_list("item", flat=True)) == {
        item.pk for item in (one, both, other)
    }
    assert AspectReading.objects.get(reading__review=review).tag == kept
    child.refresh_from_db()
    assert child.parent == kept


@pytest.mark.parametrize("said_of", ["old", "kept", "both"])
def test_of_two_beliefs_somebodys_word_stays(workspace, said_of):
    tags = {"old": make_tag(workspace, OLD), "kept": make_tag(workspace, TODAY)}
    user, alone = make_user(workspace), make_user(workspace)
    rows = {
        name: believe(
            user, tag, level="declared" if said_of in (name, "both") else "observed", polarity=-1
        )
        for name, tag in tags.items()
    }
    only = believe(alone, tags["old"])
    fold_keys(workspace.pk)
    stays = rows["old" if said_of == "old" else "kept"]
    current = Statement.objects.filter(valid_until=None)
    assert current.get(user=user) == stays
    closed = Statement.objects.exclude(valid_until=None).get()
    assert closed.superseded_by == stays
    assert {row.tag for row in Statement.objects.all()} == {tags["kept"]}
    assert current.get(user=alone) == only


def test_what_staff_chose_for_the_old_spelling_is_kept(workspace):
    field = make_tag(workspace, "fiction", is_field=True)
    old = make_tag(
        workspace, OLD, source="staff", names={"en": "SF"}, parent=field, is_blocked=True
    )
    Tag.objects.filter(pk=old.pk).update(is_blocked_by_staff=True)
    kept = make_tag(workspace, TODAY, names={"zh": TODAY}, merged_into=old)
    synonym = make_tag(workspace, "sf", merged_into=old)
    fold_keys(workspace.pk)
    kept.refresh_from_db()
    synonym.refresh_from_db()
    assert (kept.source, kept.names) == ("staff", {"en": "SF", "zh": TODAY})
    assert (kept.parent, kept.merged_into) == (field, None)
    assert kept.is_blocked
    assert kept.is_blocked_by_staff
    assert synonym.merged_into == kept


def test_staffs_word_on_the_spelling_of_today_is_the_last(workspace):
    make_tag(workspace, OLD, source="staff", names={"en": "SF"})
    kept = make_tag(workspace, TODAY, source="staff", names={"en": "sci-fi"})
    fold_keys(workspace.pk)
    kept.refresh_from_db()
    assert kept.names == {"en": "sci-fi"}


def test_keys_of_today_stay_and_looking_costs_one_query(workspace, django_assert_num_queries):
    make_tag(workspace, TODAY)
    make_tag(workspace, "café")
    make_tag(workspace, OLD)
    fold_keys(workspace.pk)
    keys = set(Tag.objects.filter(workspace=workspace).values_list("key", flat=True))
    assert keys == {TODAY, "café"}
    with django_assert_num_queries(3):  # the savepoint of the test around it
        assert fold_keys(workspace.pk) == 0
