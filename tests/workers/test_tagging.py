"""The vocabulary: one tag for one meaning, phrases that tell, fields, and staff's word over all."""

import pytest

from catalog.models import Item, ItemTag, Tag, WordVector
from catalog.services.tags import note_tagged, tag_anew
from catalog.services.weighing import draft_vocabulary
from language.phrases import Phrase
from profiles.models import AspectReading, Statement
from profiles.services.vocabulary import follow_merges
from tests.factories import make_item, make_review, make_tag, make_user, make_workspace
from workers import vocabulary
from workers.tasks import texts

pytestmark = pytest.mark.django_db


def weigh(workspace) -> None:
    note_tagged(workspace.pk)
    vocabulary.weigh(workspace.pk, [])


def tags_of(workspace) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item, tag in ItemTag.objects.filter(workspace=workspace).values_list(
        "item__external_id", "tag__key"
    ):
        found.setdefault(item, set()).add(tag)
    return found


@pytest.fixture
def shelf(workspace):
    """Items of which three spell one tag in three ways."""
    for name, tags in {
        "one": ["Sci-Fi", "war"],
        "two": ["science fiction"],
        "three": ["science fiction", "peace"],
        "four": ["scifi"],
    }.items():
        make_item(workspace, name, text="A book.", given_tags=tags)
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    return workspace


def test_spellings_of_one_tag_become_the_commonest(shelf):
    assert tags_of(shelf) == {
        "one": {"science fiction", "war"},
        "two": {"science fiction"},
        "three": {"science fiction", "peace"},
        "four": {"science fiction"},
    }
    merged = Tag.objects.filter(workspace=shelf, merged_into__key="science fiction")
    assert set(merged.values_list("key", flat=True)) == {"sci-fi", "scifi"}


def test_a_tag_stored_under_a_key_that_nobody_looks_up_any_more_gets_the_one_of_today(shelf):
    old = make_tag(shelf, "戰爭", names={"zh": "戰爭"})
    item = make_item(shelf, "five", text="A book.", given_tags=["戰爭"])
    texts.clean_texts(shelf.pk)
    texts.tag_items(shelf.pk, at_once=1)
    weigh(shelf)
    old.refresh_from_db()
    assert old.key == "战争"
    assert ItemTag.objects.get(item=item).tag == old


def test_an_item_tag_keeps_the_words_that_it_came_from(shelf):
    assert ItemTag.objects.get(item__external_id="four").words == "scifi"


def test_weighing_again_changes_nothing(shelf):
    rows = ItemTag.objects.filter(workspace=shelf).order_by("pk")
    before = list(rows.values())
    weigh(shelf)
    assert list(rows.all().values()) == before


def test_the_order_in_which_items_come_does_not_matter(shelf):
    other = make_workspace()
    for item in Item.objects.filter(workspace=shelf).order_by("-pk"):
        make_item(other, item.external_id, text=item.text, given_tags=item.given_tags)
        texts.clean_texts(other.pk)
        texts.tag_items(other.pk, at_once=1)
    assert tags_of(other) == tags_of(shelf)


def test_what_staff_parted_stays_parted(shelf):
    parted = Tag.objects.get(workspace=shelf, key="scifi")
    Tag.objects.filter(pk=parted.pk).update(merged_into=None, source=Tag.Source.STAFF)
    tag_anew(workspace_id=shelf.pk)
    texts.tag_items(shelf.pk, at_once=1)
    assert tags_of(shelf)["four"] == {"scifi"}
    assert tags_of(shelf)["two"] == {"scifi"}, "staff's tag stands for its synonyms"


def test_what_staff_merged_stays_merged(shelf):
    war, peace = (Tag.objects.get(workspace=shelf, key=key) for key in ("war", "peace"))
    Tag.objects.filter(pk=peace.pk).update(merged_into=war, source=Tag.Source.STAFF)
    weigh(shelf)
    assert tags_of(shelf)["three"] == {"science fiction", "war"}


def test_a_tag_that_a_user_declared_is_not_given_up(shelf):
    user = make_user(shelf)
    tag = Tag.objects.get(workspace=shelf, key="scifi")
    Statement.objects.create(
        workspace=shelf,
        user=user,
        tag=tag,
        polarity=1,
        strength=1,
        confidence=1,
        level=Statement.Level.DECLARED,
        status=Statement.Status.ACTIVE,
        valid_from="2026-01-01T00:00Z",
        model="user",
        version="1",
    )
    weigh(shelf)
    tag.refresh_from_db()
    assert tag.merged_into is None
    assert tags_of(shelf)["four"] == {"scifi"}
    assert tags_of(shelf)["one"] == {"science fiction", "war"}


def test_words_that_one_user_brought_in_stand_for_nobody_elses(workspace):
    make_tag(workspace, "scifi", source=Tag.Source.USER)
    for name in ("one", "two"):
        make_item(workspace, name, text="A book.", given_tags=["Sci-Fi"])
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    assert tags_of(workspace) == {"one": {"sci-fi"}, "two": {"sci-fi"}}


def test_what_reviews_say_of_a_merged_tag_counts_for_the_one_that_is_used(shelf):
    item = Item.objects.get(workspace=shelf, external_id="one")
    review = make_review(make_user(shelf), item, "The scifi is clever and the war is dull.")
    texts.clean_texts(shelf.pk)
    texts.read_reviews(shelf.pk)
    old = Tag.objects.get(workspace=shelf, key="scifi")
    spoken = AspectReading.objects.filter(reading__review=review)
    assert set(spoken.values_list("tag__key", flat=True)) == {"science fiction", "war"}
    spoken.filter(tag__key="science fiction").update(tag=old)
    assert follow_merges(shelf.pk) == 1
    assert set(spoken.values_list("tag__key", flat=True)) == {"science fiction", "war"}
    assert follow_merges(shelf.pk) == 0


def test_a_sensitive_tag_is_kept_on_its_item_and_blocked(workspace):
    make_item(workspace, "one", text="A book.", given_tags=["Buddhism", "war"])
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    tag = Tag.objects.get(workspace=workspace, key="buddhism")
    assert (tag.topic, tag.is_blocked) == ("religion", True)
    assert tags_of(workspace)["one"] == {"buddhism", "war"}
    assert not Tag.objects.get(workspace=workspace, key="war").is_blocked


def test_a_phrase_of_one_maker_alone_is_no_tag(workspace):
    phrase = Phrase("acme glow", 1.0, 0, 9)
    for number in range(20):
        maker = "Acme" if number < 3 else f"Maker {number}"
        text = "It has the acme glow." if number < 3 else "It has a lamp."
        make_item(workspace, f"item {number}", text=text, attributes={"brand": maker})
    Item.objects.filter(external_id__in=["item 0", "item 1", "item 2"]).update(
        phrases=[[phrase.text, 0.7]]
    )
    weigh(workspace)
    assert not Tag.objects.filter(key="acme glow").exists()
    Item.objects.filter(external_id="item 9").update(phrases=[[phrase.text, 0.7]])
    weigh(workspace)
    assert Tag.objects.filter(key="acme glow").exists()


def test_words_alone_in_a_workspace_are_not_worth_encoding(shelf):
    assert draft_vocabulary(shelf.pk).meant == ["science fiction"]
    assert not WordVector.objects.exists()
