import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from language.clauses import passages
from language.read import Heads, Passage
from profiles.modelling.curves import Curve, Curves
from recommendations.engine.log import join
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.portrait.aspects import aspects_row
from recommendations.evaluation.portrait.drawing import draw
from recommendations.evaluation.portrait.measuring import ROWS
from recommendations.evaluation.portrait.parting import segments_row
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.portrait.sentiment import sentiment_row
from recommendations.evaluation.portrait.truth import quotes_row, reliability_row
from recommendations.evaluation.portrait.wording import descriptions_row
from recommendations.evaluation.run import split_of
from tests.recommendations.portrait.worlds import BLAME, PRAISE, interactions, tasteful


class Silent:
    """A head that is there, and asked nothing."""

    def judge(self, texts, languages, parts=None):
        return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tasteful(tmp_path_factory.mktemp("tastes"))


@pytest.fixture(scope="module")
def world(folder):
    data = read_folder(folder)
    texts, split = read_texts(data), split_of(data, "user", seed=0)
    return data, texts, split, draw(data, texts, join(split.train, split.validation))


@pytest.fixture(scope="module")
def evaluated(folder):
    shown = StringIO()
    (folder / "text").mkdir()
    (folder / "text" / "sst2-dev.tsv").write_text("a superb film\t1\na dreadful bore\t0\n")
    options = {
        "json": folder / "report.json",
        "markdown": folder / "report.md",
        "plots": folder / "plots",
        "texts": folder / "text",
        "stdout": shown,
    }
    asked = ("--split", "user", "--portrait", "--no-encoder")
    call_command("evaluate", folder, *asked, **options)
    return json.loads((folder / "report.json").read_text()), shown.getvalue()


def test_every_row_has_a_figure_or_a_sentence_that_says_why_not(evaluated):
    portrait = evaluated[0]["portrait"]
    for name in ROWS:
        row = portrait[name]
        assert row.get("why") or any(one is not None for one in row.values())
    psr = portrait["psr@20"]
    assert 0 < psr["low"] <= psr["value"] <= psr["high"]
    assert portrait["against_llm_profiles"]["value"] is None
    assert portrait["splits"]["user"]["psr@20"] == psr


def test_a_portrait_is_worth_more_than_popularity_and_anothers_is_not(evaluated):
    portrait = evaluated[0]["portrait"]
    enough = portrait["portrait_sufficiency"]
    assert enough["popularity"]["portrait_minus"]["low"] > 0
    assert enough["ndcg@20"]["low"] > enough["shuffled"]["ndcg@20"]["high"]
    assert portrait["psr@20"]["low"] > enough["shuffled"]["psr@20"]["high"]


def test_public_texts_are_read(evaluated):
    row = evaluated[0]["portrait"]["sentiment"]
    assert row["sst2_dev_accuracy"]["value"] == 1.0
    assert row["chinese_shopping_accuracy"]["why"]


def test_figures_are_shown_written_and_drawn(evaluated, folder):
    _, shown = evaluated
    assert "PSR@20" in shown
    assert "| PSR@20 |" in (folder / "report.md").read_text()
    drawn = {path.name for path in (folder / "plots").iterdir()}
    assert any(name.endswith("-targets.svg") for name in drawn)


def test_descriptions_are_supported_and_tell_tastes_apart(world):
    data, texts, split, portraits = world
    row = descriptions_row(data, texts, portraits, split.test)
    assert row["supported"]["value"] == 1.0
    # a third of the others share the taste, and what they share is no mistake
    assert row["picked"]["value"] > 2 * row["picked"]["by_chance"]


def test_descriptions_of_others_pick_nobody(world):
    data, texts, split, portraits = world
    moved = {(user + 1) % 90: stated for user, stated in portraits.statements.items()}
    wrong = {user: [replace(one, user=user) for one in stated] for user, stated in moved.items()}
    row = descriptions_row(data, texts, replace(portraits, statements=wrong), split.test)
    assert row["picked"]["high"] < 2 * row["picked"]["by_chance"]


def test_quotes_stand_in_what_was_sent(world):
    data, texts, _, portraits = world
    assert quotes_row(data, texts, portraits)["value"] == 1.0
    sent = tuple(text.upper() for text in data.words.texts)
    changed = replace(data, words=replace(data.words, texts=sent))
    assert quotes_row(changed, texts, portraits).get("value") != 1.0


def test_quotes_are_held_against_what_a_head_reads_in_them(world):
    data, texts, _, portraits = world
    assert "unread" not in quotes_row(data, texts, portraits)
    rows = {
        row: [Passage(span.start, span.end, -0.9) for span in passages(text, "en")]
        for row, text in enumerate(texts.cleaned)
        if text
    }
    read = replace(texts, passages_of_row=rows)
    row = quotes_row(data, read, portraits)
    assert 0 < row["unread"]["value"] <= 1.0
    # With praise read as blame, only the clauses on an aspect are left to quote for likes.
    assert row["count"] < quotes_row(data, texts, portraits)["count"]


def test_aspects_agree_with_verdicts_until_those_are_turned_round(world):
    data, texts, split, portraits = world
    row = aspects_row(data, texts, portraits, split.test)
    assert row["value"] == 1.0
    assert row["coverage"]["value"] == 1.0
    log = replace(data.log, weights=-data.log.weights)
    test = replace(split.test, weights=-split.test.weights)
    turned = aspects_row(replace(data, log=log), texts, portraits, test)
    assert turned["value"] == 0.0
    assert turned["stated"]["value"] == pytest.approx(1 - row["stated"]["value"])
    assert row["in_use"]["count"] <= row["stated"]["count"]


def test_what_is_unclear_about_an_aspect_says_nothing_of_it(world):
    data, texts, split, portraits = world
    dim = replace(texts, polarity=np.where(texts.polarity > 0, 0.05, texts.polarity))
    row = aspects_row(data, dim, portraits, split.test)
    assert row["value"] == 1.0
    assert row["count"] < aspects_row(data, texts, portraits, split.test)["count"]
    assert 0 < row["coverage"]["value"] < 1
    assert row["every"]["value"] == 1.0  # it leans the right way
    mute = replace(texts, polarity=np.zeros(len(texts.polarity)))
    assert aspects_row(data, mute, portraits, split.test)["every"]["value"] == pytest.approx(
        0.5, abs=0.01
    )


def test_a_head_is_judged_by_writers_that_no_head_learns_from(world, tmp_path):
    data, texts, split, portraits = world
    heads = Heads(sentiment=Silent())
    every = aspects_row(data, texts, portraits, split.test)
    some = aspects_row(data, texts, portraits, split.test, heads=heads)
    assert 0 < some["count"] < every["count"]
    assert some["stated"] == every["stated"]
    seen = replace(data, user_ids=("ann",) * len(data.user_ids))  # heads learn from her
    row = aspects_row(seen, texts, portraits, split.test, heads=heads)
    assert row["why"]
    judged = sentiment_row(seen, texts, split.test, public=tmp_path, heads=heads)
    assert judged["held_out_auc"]["why"]


def test_confidence_is_held_against_what_came_later(world):
    data, texts, split, portraits = world
    row = reliability_row(data, texts, portraits, split.test)
    assert 0 <= row["value"] <= 1
    assert sum(one["count"] for one in row["table"]) == row["judged"]
    sure = Curves(
        dict.fromkeys(portraits.evidence.curves.by_group, Curve((0.0, 1.0), (0.95, 0.95)))
    )
    told = replace(portraits, evidence=replace(portraits.evidence, curves=sure))
    overtold = reliability_row(data, texts, told, split.test)
    assert overtold["table"] == row["table"]
    confirmed = sum(one["confirmed"] * one["count"] for one in row["table"]) / row["judged"]
    assert overtold["as_told"] >= abs(0.95 - confirmed) - 0.001
    assert overtold["as_told"] != row["as_told"]
    nobody = replace(split.test, users=split.test.users[:0], items=split.test.items[:0])
    nothing = replace(nobody, weights=nobody.weights[:0], times=nobody.times[:0])
    assert reliability_row(data, texts, portraits, nothing)["value"] is None


def test_segments_tell_more_than_popularity_and_by_lot_they_do_not(world):
    row = segments_row(world[2])
    assert row["times_global_popularity"]["low"] > 1
    assert row["shuffled"]["value"] < row["times_global_popularity"]["low"]
    assert row["segments"] >= 3


def test_the_auc_turns_round_with_the_words(world, tmp_path):
    data, texts, split, _ = world
    assert sentiment_row(data, texts, split.test, public=tmp_path)["held_out_auc"]["value"] == 1.0
    swapped = tuple(BLAME if text == PRAISE else PRAISE for text in texts.cleaned)
    turned = replace(texts, cleaned=swapped)
    assert sentiment_row(data, turned, split.test, public=tmp_path)["held_out_auc"]["value"] == 0.0


def test_without_words_nothing_is_quoted_and_no_aspect_judged(tmp_path):
    rows = [{key: row[key] for key in row if key != "text"} for row in interactions()]
    data = read_folder(tasteful(tmp_path, rows=rows))
    texts, split = read_texts(data), split_of(data, "user", seed=0)
    portraits = draw(data, texts, split.train)
    assert quotes_row(data, texts, portraits)["why"]
    assert aspects_row(data, texts, portraits, split.test)["why"]
    assert np.isnan(texts.sentiment).all()
