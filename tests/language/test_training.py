import copy
import gzip
import json
from functools import partial
from itertools import count

import numpy as np
import pytest
import torch

from core.errors import InvalidError
from language.encode import Encoder
from language.meter import METER
from language.training import fitting
from language.training.encoders import Pair, Twins, go_on_contrastive, go_on_masked, recalled
from language.training.figures import calibration_error, figures_of, gain_of
from language.training.fitting import Pace, Recipe
from language.training.labelled import (
    Labelled,
    draw,
    is_judged_by,
    list_sets,
    read_set,
    split,
    split_by_writer,
)
from language.training.leaks import without_twins
from language.weights import unpack_default
from tests.language.small import make_small_encoder, opinions


def said(text: str, language: str = "en") -> Labelled:
    return Labelled(text, language, 1.0, "set", text)


def test_sets_are_read_on_their_own_scales(tmp_path):
    (tmp_path / "sst2-train.tsv").write_text("a fine film\t1\nso dull\t0\n", "utf-8")
    with gzip.open(tmp_path / "graded-tweets.csv.gz", "wt", encoding="utf-8") as file:
        file.write("id,sentiment,text\n1,-4,bad\n2,2,fine\n")
    sets = list_sets(tmp_path, "sentiment")
    rows = [row for each in sets for row in read_set(tmp_path, each)]
    assert [(row.text, row.label) for row in rows] == [
        ("a fine film", 1.0),
        ("so dull", 0.0),
        ("bad", 0.0),
        ("fine", 0.75),
    ]
    assert {row.source for row in rows} == {"sst2-train", "graded-tweets"}


def test_a_folder_without_a_known_set_is_refused(tmp_path):
    with pytest.raises(InvalidError):
        list_sets(tmp_path, "safety")


def test_nobodys_texts_stand_on_two_sides_and_a_split_is_always_the_same():
    rows = [Labelled(f"text {n}", "en", 1.0, "s", f"writer {n % 40}") for n in range(400)]
    parts = split(rows, validation=0.2, test=0.3)
    sides = [{row.group for row in part} for part in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 40
    assert min(map(len, sides)) > 2
    assert split(rows, validation=0.2, test=0.3) == parts


def test_whom_a_head_is_judged_by_is_told_by_their_name_alone():
    rows = [Labelled(f"text {n}", "en", 1.0, "s", f"writer {n % 300}") for n in range(900)]
    parts = split_by_writer(rows)
    assert {row.group for row in parts.test} == {
        name for name in {row.group for row in rows} if is_judged_by(name)
    }
    assert 0.15 < len(parts.test) / len(rows) < 0.25
    assert 0.06 < len(parts.validation) / len(rows) < 0.14


def test_a_draw_keeps_the_order_and_follows_its_seed():
    rows = [said(str(number)) for number in range(50)]
    few = draw(rows, 10, seed=1)
    assert len(few) == 10
    assert [int(row.text) for row in few] == sorted(int(r.text) for r in few)
    assert draw(rows, 10, seed=1) == few != draw(rows, 10, seed=2)


def test_copies_are_found_through_spacing_and_cuts_and_others_are_kept():
    held_out = [
        said("It wo n't win prizes , but it is a warm and funny film ."),
        said("剧情紧凑，演员很棒", "zh"),
    ]
    twins = [
        said("It won't win prizes, but it is a warm and funny film."),
        said("…it is a warm and funny film, too"),
        said("剧情紧凑演员很棒！", "zh"),
    ]
    others = [said("A warm and clever book about trains."), said("剧情拖沓，演员一般", "zh")]
    assert without_twins([*twins, *others], held_out) == others


def test_a_network_is_trained_where_the_recipe_says(monkeypatch, tmp_path):
    monkeypatch.setattr(fitting, "best_device", lambda: "cuda")
    arguments = fitting._arguments(tmp_path, Recipe(device="cpu"), 1, by_length=False)
    assert arguments.use_cpu


def test_the_pieces_that_training_reads_are_counted():
    batch = fitting._metered(partial(fitting.padded, filler=0))
    before = METER.tokens
    batch([{"length": 3, "input_ids": [5, 6, 7], "labels": 1.0}] * 2)
    assert METER.tokens - before == 6


def test_the_rate_rises_falls_and_ends_by_whichever_comes_first():
    ticks = count(0.0, 6.0)
    pace = Pace(100, 1.0, clock=lambda: next(ticks))  # a minute: a tick is a tenth of it
    assert pace.factor_at(1, warmup=0.2) == pytest.approx(0.5)  # a tenth by the clock
    assert pace.factor_at(60, warmup=0.2) == pytest.approx(0.5)  # six tenths by steps
    assert pace.share_at(1) == pytest.approx(0.3)
    assert Pace(10, 0.0).share_at(10) == 1.0


def test_figures_by_hand():
    figures = figures_of(np.array([0.9, 0.6, 0.4, 0.2]), np.array([True, False, True, False]))
    assert (figures.rows, figures.accuracy, figures.auc) == (4, 0.5, 0.75)
    assert figures.brier == pytest.approx((0.01 + 0.36 + 0.36 + 0.04) / 4)
    sure = np.full(10, 0.8)
    assert calibration_error(sure, np.arange(10) < 8) == pytest.approx(0.0)
    assert calibration_error(sure, np.arange(10) < 5) == pytest.approx(0.3)


def test_a_gain_is_paired_and_bounded():
    labels = np.tile([True, False], 100)
    better = gain_of(np.where(labels, 0.9, 0.1), np.full(200, 0.5), labels)
    assert better["value"] == better["low"] == pytest.approx(0.25 - 0.01)
    assert gain_of(np.full(200, 0.5), np.full(200, 0.5), labels)["low"] == 0.0


@pytest.fixture(scope="module")
def small(models, tmp_path_factory) -> str:
    unpack_default(models)
    return make_small_encoder(tmp_path_factory.mktemp("base"), models)


@pytest.mark.model
def test_masked_training_lowers_the_loss_on_texts_it_has_not_seen(small, tmp_path, models):
    texts = [row.text for row in opinions(160)]
    held_out = [row.text for row in opinions(60, start=160)]
    run = go_on_masked(
        small,
        texts,
        held_out,
        recipe=Recipe(epochs=1, rate=1e-2, frozen_layers=0, max_tokens=24),
        folder=tmp_path / "new",
    )
    assert run["loss_after"] < run["loss_before"] - 0.05
    opened = Encoder.load(str(tmp_path / "new"), models=models)
    assert opened.dimensions == 16
    assert opened.revision != Encoder.load(small, models=models).revision


@pytest.mark.model
def test_a_pairs_loss_is_how_far_its_item_is_from_being_the_nearest(small, models):
    encoder = Encoder.load(small, models=models, device="cpu")
    model = Twins(copy.deepcopy(encoder.network.model).float()).eval()
    said, items, ids = ["ships", "wolves", "trains"], ["a tale", "a song", "a tale"], [4, 9, 4]

    def tokens(texts: list[str]) -> dict[str, torch.Tensor]:
        found = encoder.tokenizer(texts, padding=True, return_tensors="pt")
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    with torch.inference_mode():
        loss = float(model(tokens(said), tokens(items), torch.tensor(ids))["loss"])
    scores = encoder.encode(said) @ encoder.encode(items).T / 0.05
    scores[0, 2] = scores[2, 0] = -np.inf  # the same item is nobody's wrong answer
    by_hand = -np.log(np.diag(np.exp(scores)) / np.exp(scores).sum(axis=1)).mean()
    assert loss == pytest.approx(by_hand, abs=0.02)


@pytest.mark.model
def test_contrastive_training_leaves_an_encoder_that_opens_and_is_another(small, tmp_path, models):
    pairs = [Pair(word, place, f"a tale of {word}") for place, word in enumerate(WORDS)]
    run = go_on_contrastive(
        small,
        pairs,
        recipe=Recipe(epochs=2, batch=17, rate=1e-3, frozen_layers=0, max_tokens=24),
        folder=tmp_path / "new",
    )
    assert run["steps"] == 2
    note = json.loads((tmp_path / "new" / "encoder.json").read_text())
    assert note == {"prefix": False, "base": "small"}
    opened = Encoder.load(str(tmp_path / "new"), models=models)
    assert opened.revision != Encoder.load(small, models=models).revision


@pytest.mark.model
def test_recall_counts_the_items_that_are_nearer(small, models):
    encoder = Encoder.load(small, models=models)
    items = dict(enumerate(WORDS))
    pairs = [Pair(word, place, word) for place, word in items.items()]
    assert recalled(encoder, pairs, items, most=1).all()
    swapped = [Pair(WORDS[0], 1, WORDS[1])]
    assert not recalled(encoder, swapped, items, most=1).any()
    assert recalled(encoder, swapped, items, most=len(WORDS)).all()


WORDS = [
    *("ships", "dragons", "trains", "islands", "doctors", "poets", "spies", "gardens", "robots"),
    *("castles", "painters", "wolves", "storms", "queens", "deserts", "letters", "mirrors"),
]
