"""Items that say nothing of themselves are tagged with what several reviews say, and no more."""

import pytest
from django.utils import timezone

from catalog.models import Item, ItemTag
from language.phrases import key_phrases
from language.sensitive import TOPICS
from profiles.models import Reading, Review, Statement, User
from profiles.services.corrections import erase, pause
from profiles.services.interactions import delete_interaction
from profiles.services.places import ensure_profiles
from profiles.services.quality import leave_out
from profiles.services.rulings import rule, undo_ruling
from profiles.services.statements import state_users
from tests.factories import make_interaction, make_item, make_review, make_user, make_workspace
from workers.tasks import texts

pytestmark = pytest.mark.django_db

# Of so many items three are talked about: a word that most items have tells nothing.
ITEMS, TOLD = 20, 3
SAID = {
    "ann": "The rosewood fretboard feels lovely under my fingers. My depression lifted.",
    "bob": "I bought it because of its rosewood fretboard, and never looked back. Depression is no "
    "joke, and neither is a walnut bridge.",
}


def work(workspace) -> None:
    for _ in range(2):
        texts.clean_texts(workspace.pk)
        texts.read_reviews(workspace.pk)
        texts.tag_items(workspace.pk, at_once=1)


def tags_of(item: Item) -> dict[str, float]:
    return dict(ItemTag.objects.filter(item=item).values_list("tag__key", "confidence"))


@pytest.fixture
def workspace():
    """Two users who say the same of three items, each in words of their own for each."""
    made = make_workspace(scenario="e-commerce")
    items = [make_item(made, f"i{number}") for number in range(ITEMS)]
    for name, text in SAID.items():
        user = make_user(made, name)
        for number, item in enumerate(items[:TOLD]):
            own = "Number " + "again and " * number + f"again, says {name}."
            make_review(user, item, f"{text} {own}")
    work(made)
    return made


@pytest.fixture
def item(workspace):
    return Item.objects.get(workspace=workspace, external_id="i0")


def test_what_two_say_becomes_a_tag_with_its_words_and_what_one_says_does_not(workspace, item):
    row = ItemTag.objects.get(item=item)
    assert (row.tag.key, row.words, row.model) == (
        "rosewood fretboard",
        "rosewood fretboard",
        "likeness.said",
    )
    assert 0.3 <= row.confidence <= 0.7
    assert "walnut bridge" in str(list(Reading.objects.values_list("phrases", flat=True)))
    assert "walnut bridge" not in str(Item.objects.values_list("phrases", flat=True))


def test_sensitive_words_are_not_even_kept(workspace):
    kept = str(list(Reading.objects.values_list("phrases", flat=True)))
    assert TOPICS
    assert "depression" not in kept


def test_what_was_masked_is_no_phrase():
    text = "Ask [name] at [address] or [email]: the rosewood fretboard is lovely."
    found = {word for phrase in key_phrases(text, "en") for word in phrase.text.split()}
    assert "rosewood" in found
    assert not found & {"name", "address", "email"}


def test_an_erased_user_takes_along_what_is_said_by_one_from_then_on(workspace, item):
    users = set(User.objects.filter(workspace=workspace).values_list("pk", flat=True))
    ann, bob = User.objects.order_by("external_id")
    state_users(workspace.pk, sorted(users), now=timezone.now())
    erase(user=ann)
    assert not tags_of(item)
    assert Item.objects.get(pk=item.pk).phrases == []
    bob = User.objects.get(pk=bob.pk)
    assert bob.evidence_revision > bob.stated_revision
    work(workspace)
    assert not tags_of(item)


def test_a_deleted_interaction_takes_along_the_same_of_its_item_alone(workspace, item):
    row = Review.objects.filter(interaction__item=item).earliest("pk")
    reader = make_user(workspace, "reader")
    make_interaction(reader, item)
    assert delete_interaction(workspace=workspace, event_id=str(row.interaction.event_key))
    assert not tags_of(item)
    assert Item.objects.get(pk=item.pk).phrases == []
    assert User.objects.get(pk=reader.pk).evidence_revision > reader.evidence_revision
    others = Item.objects.filter(workspace=workspace).exclude(pk=item.pk).exclude(phrases=[])
    assert others.count() == TOLD - 1


@pytest.mark.parametrize("is_paused", [True, False])
def test_who_is_paused_or_left_out_says_nothing(workspace, item, is_paused):
    ann = User.objects.get(external_id="ann")
    if is_paused:
        pause(user=ann)
    else:
        ensure_profiles(workspace.pk, [ann.pk])
        leave_out(user=ann, is_out=True)
    work(workspace)
    assert not tags_of(item)


def test_a_hidden_review_says_nothing_of_its_item_until_it_is_shown_again(workspace, item):
    row = Review.objects.filter(interaction__item=item).earliest("pk")
    rule(review_ids=[row.pk], verdict="hidden", account=None)
    assert not tags_of(item), "at once, before anything is worked out again"
    assert Item.objects.get(pk=item.pk).phrases == []
    work(workspace)
    assert not tags_of(item)
    undo_ruling(review_ids=[row.pk], account=None)
    work(workspace)
    assert set(tags_of(item)) == {"rosewood fretboard"}


def test_a_review_that_was_left_out_is_read_again_when_that_is_undone(workspace, item):
    row = Review.objects.filter(interaction__item=item).earliest("pk")
    before = Reading.objects.get(review=row)
    rule(review_ids=[row.pk], verdict="left_out", account=None)
    work(workspace)
    assert not Reading.objects.filter(review=row)
    assert not tags_of(item)
    undo_ruling(review_ids=[row.pk], account=None)
    work(workspace)
    again = Reading.objects.get(review=row)
    assert (again.sentiment, again.phrases) == (before.sentiment, before.phrases)
    assert set(tags_of(item)) == {"rosewood fretboard"}


def test_a_copied_review_is_no_second_voice(workspace, item):
    text = Review.objects.filter(interaction__item=item).earliest("pk").text
    Review.objects.filter(interaction__item=item).update(text=text, source_hash="copied")
    work(workspace)
    assert Review.objects.filter(interaction__item=item, duplicate_of__isnull=False).count() == 1
    assert not tags_of(item)


def test_an_item_that_comes_to_speak_speaks_for_itself(workspace, item):
    item.text, item.source_hash = "A banjo.", "new"
    item.save()
    work(workspace)
    assert not tags_of(item)
    item.text, item.source_hash = "", "newer"
    item.save()
    work(workspace)
    assert set(tags_of(item)) == {"rosewood fretboard"}


def test_readings_from_before_phrases_were_sought_are_read_again(workspace, item):
    Reading.objects.update(phrases=None)
    Item.objects.update(tag_version="", phrases=[])
    ItemTag.objects.all().delete()
    texts.tag_items(workspace.pk, at_once=1)
    assert not tags_of(item)
    work(workspace)
    assert set(tags_of(item)) == {"rosewood fretboard"}


def test_whoever_takes_to_such_items_is_said_to_like_what_they_are_said_to_be(workspace):
    user = make_user(workspace, "cid")
    items = list(Item.objects.filter(workspace=workspace).order_by("pk"))
    for item in items[:TOLD]:
        make_interaction(user, item, "purchase")
    for number in range(6):
        other = make_user(workspace)
        for item in items[TOLD + number :: 4]:
            make_interaction(other, item, "purchase")
    state_users(workspace.pk, [user.pk], now=timezone.now())
    assert Statement.objects.filter(user=user, tag__key="rosewood fretboard").exists()
