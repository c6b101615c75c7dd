"""Every stage finds its own work, does it once, and stumbles over no single row."""

import pytest
from django.db.models import F

from accounts.models import Workspace
from catalog.models import Item, ItemTag, Tag
from catalog.services.tags import load_vocabulary
from catalog.services.texts import CleanItem, store_clean_items
from core.models import Claim, StageRun
from core.stages import Stage
from profiles.models import AspectReading, Reading, Review, User
from recommendations.models import ItemRate, Slate
from tests.factories import make_interaction, make_item, make_review, make_user
from workers import loop
from workers.stages import BY_STAGE, count_due, count_parked, has_due, next_due
from workers.tasks import portraits, texts

BOOK = "A slow sea voyage, <b>beautifully</b> told."
REVIEW = "The plot drags, but the writing is beautiful."


@pytest.fixture
def review(workspace) -> Review:
    item = make_item(workspace, text=BOOK, given_tags=["Sea stories"])
    return make_review(make_user(workspace), item, REVIEW)


def stored(workspace) -> dict[str, list]:
    return {
        "items": list(Item.objects.values_list("pk", "clean_text", "content_hash", "phrases")),
        "reviews": list(Review.objects.values_list("pk", "clean_text", "content_hash")),
        "readings": list(Reading.objects.values_list("review", "sentiment", "safety")),
        "aspects": sorted(AspectReading.objects.values_list("tag", "start", "end", "polarity")),
        "tags": sorted(ItemTag.objects.values_list("item", "tag", "confidence")),
    }


def text_stages(workspace) -> None:
    texts.clean_texts(workspace.pk)
    texts.read_reviews(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)


def test_the_text_stages_run_twice_leave_the_same_rows(workspace, review):
    text_stages(workspace)
    once = stored(workspace)
    Item.objects.update(clean_version="", tag_version="")
    Review.objects.update(clean_version="")
    Reading.objects.update(version="")
    text_stages(workspace)
    assert stored(workspace) == once
    assert not any(
        has_due(BY_STAGE[stage], workspace.pk) for stage in (Stage.CLEAN, Stage.READ, Stage.TAG)
    )


def test_what_was_cleaned_before_an_item_changed_is_not_kept(workspace):
    item = make_item(workspace, text="new")
    late = CleanItem(item.pk, "the hash before", "old", "en", "0")
    assert store_clean_items(workspace.pk, [late], version="1") == 0
    assert has_due(BY_STAGE[Stage.CLEAN], workspace.pk)


def test_a_changed_review_is_due_for_cleaning_and_then_for_reading(workspace, review):
    text_stages(workspace)
    Review.objects.filter(pk=review.pk).update(text="Dull.", source_hash="changed")
    assert next_due(workspace.pk).stage == Stage.CLEAN
    texts.clean_texts(workspace.pk)
    assert has_due(BY_STAGE[Stage.READ], workspace.pk)


def test_aspects_point_at_the_words_that_speak_of_them(workspace, review):
    text_stages(workspace)
    clean = Review.objects.get().clean_text
    spoken = {
        aspect.tag.key: (clean[aspect.start : aspect.end], aspect.polarity)
        for aspect in AspectReading.objects.select_related("tag")
    }
    words, polarity = spoken["writing"]
    assert words in REVIEW
    assert "writing" in words
    assert polarity > 0


def test_a_reading_tells_the_writers_portrait(workspace, review):
    before = User.objects.get().evidence_revision
    texts.clean_texts(workspace.pk)
    texts.read_reviews(workspace.pk)
    assert User.objects.get().evidence_revision > before


def test_a_text_that_is_not_to_be_kept_is_gone_once_it_is_clean(workspace, review):
    workspace.keeps_raw_text = False
    workspace.save()
    texts.clean_texts(workspace.pk)
    kept = Review.objects.get()
    assert (kept.text, kept.clean_text) == ("", REVIEW)
    assert not has_due(BY_STAGE[Stage.CLEAN], workspace.pk)


def test_texts_kept_before_are_dropped_once_they_are_no_longer_to_be_kept(workspace, review):
    texts.clean_texts(workspace.pk)
    assert Review.objects.get().text == REVIEW
    Workspace.objects.update(keeps_raw_text=False)
    assert has_due(BY_STAGE[Stage.CLEAN], workspace.pk)
    texts.clean_texts(workspace.pk)
    kept = Review.objects.get()
    assert (kept.text, kept.clean_text) == ("", REVIEW)
    assert not has_due(BY_STAGE[Stage.CLEAN], workspace.pk)


def test_a_given_tag_in_another_language_is_the_vocabularys_own_tag(workspace):
    entries = {
        "fields": {"past": {"en": "The past", "zh": "往昔"}},
        "tags": {"wuxia": {"en": "Wuxia", "zh": "武侠", "parent": "past"}},
    }
    item = make_item(workspace, given_tags=["武侠"])
    load_vocabulary(workspace, entries)
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    assert ItemTag.objects.get(item=item).tag.key == "wuxia"
    assert Tag.objects.get(key="wuxia").parent.key == "past"


def test_loading_the_same_vocabulary_again_makes_nothing_due(workspace, review):
    entries = {"tags": {"sea stories": {"en": "Sea stories"}}}
    load_vocabulary(workspace, entries)
    text_stages(workspace)
    load_vocabulary(workspace, entries)
    assert not has_due(BY_STAGE[Stage.TAG], workspace.pk)


def test_a_row_that_fails_is_left_alone_and_the_others_go_on(workspace):
    ids = [make_item(workspace, text=f"text {number}").pk for number in range(7)]
    plan = BY_STAGE[Stage.CLEAN]
    asked: list[int] = []

    def work(workspace_id: int, some: list[int]) -> int:
        asked.extend(some)
        if ids[3] in some:
            raise ValueError("this row breaks the model")
        return Item.objects.filter(pk__in=some).update(
            cleaned_source=F("source_hash"), clean_version=texts.stages.CLEAN_ITEMS
        )

    works = {"items": work, "reviews": texts.nothing}
    assert loop.run(plan, workspace.pk, works) == 6
    assert (count_due(plan, workspace.pk), count_parked(plan, workspace.pk)) == (1, 1)
    assert not has_due(plan, workspace.pk)
    asked.clear()
    assert loop.run(plan, workspace.pk, works) == 0
    assert not asked, "the failed row was tried again before its claim ended"


def test_a_stage_gives_its_rows_back_and_says_how_many_it_did(workspace, review):
    texts.clean_texts(workspace.pk)
    assert not Claim.objects.exists()
    runs = dict(StageRun.objects.values_list("stage", "rows"))
    assert runs == {"clean.items": 1, "clean.reviews": 1}


def test_a_stage_asks_for_the_next_one_that_is_due(workspace, review, monkeypatch):
    asked = []
    monkeypatch.setattr(loop, "enqueue", lambda job, **_: asked.append(job.value))
    texts.clean_texts(workspace.pk)
    assert asked == ["stages.encode"]


def test_what_slates_led_to_is_counted_whenever_there_is_more_of_it(workspace):
    user, items = make_user(workspace), [make_item(workspace, name) for name in "ab"]
    slate = Slate.objects.create(
        workspace=workspace, user=user, item_ids=[item.pk for item in items], scores=[1.0, 0.5]
    )
    for item in items:
        make_interaction(user, item, slate_id=slate.pk)
        assert has_due(BY_STAGE[Stage.LEARN], workspace.pk)
        portraits.learn(workspace.pk)
        assert ItemRate.objects.get(item=item).clicked == 1
    assert not has_due(BY_STAGE[Stage.LEARN], workspace.pk)
