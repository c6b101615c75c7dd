import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.errors import InvalidError
from language.clauses import Span
from language.heads.head import ANY, HEAD, Blend, Head
from language.heads.words import FEATURES, features_of, fit_words, logits_of
from language.training.averaging import average
from language.training.fitting import Recipe
from language.training.labelled import Split
from language.training.making import make_head
from language.weights import unpack_default
from tests.language.small import make_small_encoder, opinions

pytestmark = pytest.mark.model

RECIPE = Recipe(epochs=2, batch=16, rate=3e-3, frozen_layers=0, max_tokens=32)


@pytest.fixture(scope="module")
def small(models, tmp_path_factory) -> str:
    unpack_default(models)
    return make_small_encoder(tmp_path_factory.mktemp("base"), models)


@pytest.fixture(scope="module")
def rows() -> Split:
    return Split(opinions(400), opinions(120, start=400), opinions(120, start=520))


@pytest.fixture(scope="module", params=["frozen", "fine-tuned"])
def made(request, small, rows, models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads") / request.param
    made = make_head(
        "sentiment",
        rows,
        method=request.param,
        folder=folder,
        models=models,
        recipe=RECIPE,
        base=small,
    )
    return folder, made


def test_a_head_learns_from_a_few_texts_and_beats_the_lexicon(made):
    _, head = made
    figures = head.metrics["sets"]["made up"]
    assert figures["new"]["accuracy"] > 0.97
    assert head.metrics["old"] == "lexicon"
    assert head.metrics["gain"]["low"] > 0


def test_a_head_says_the_same_once_it_is_saved_and_opened(made, models, rows):
    folder, head = made
    opened = Head.load(folder, models=models)
    texts = [row.text for row in rows.test[:20]]
    languages = [row.language for row in rows.test[:20]]
    np.testing.assert_allclose(
        opened.probabilities(texts, languages),
        head.head.probabilities(texts, languages),
        atol=1e-5,
    )
    kinds = {file.suffix for file in folder.rglob("*") if file.is_file()}
    assert kinds <= {".json", ".safetensors"}


def test_a_head_says_the_same_to_the_bit_in_any_company(made, rows):
    _, head = made
    texts = [row.text for row in rows.test[:30]] + ["", "Fine."]
    languages = [row.language for row in rows.test[:30]] + ["en", "en"]
    spans = [[Span(0, len(text) // 2), Span(len(text) // 2, len(text))] for text in texts]
    whole = head.head.judge(texts, languages, spans)
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for place in (0, 7, 30, 31):
                some = slice(place, place + 1)
                assert head.head.judge(texts[some], languages[some], spans[some]) == whole[some]
            assert head.head.judge(texts[::-1], languages[::-1], spans[::-1]) == whole[::-1]
    finally:
        torch.set_num_threads(before)


def test_the_logit_of_a_whole_is_the_mean_of_its_halves_piece_by_piece(made):
    _, head = made
    text = "good bad"
    (found,) = replace(head.head, blends={ANY: Blend()}).states(
        [text], [[Span(0, 4), Span(5, 8), Span(0, 8), Span(90, 95)]]
    )
    whole, first, second, both, beyond = found
    assert both == pytest.approx((first + second) / 2, abs=1e-5)
    assert beyond == whole


def test_no_texts_are_judged_as_none(made):
    assert made[1].head.judge([], []) == []


def test_a_head_that_goes_on_starts_where_the_earlier_one_ended(made, rows, models, tmp_path):
    folder, before = made
    if before.head.method == "frozen":
        pytest.skip("only what was fine-tuned can be gone on from")
    after = make_head(
        "sentiment",
        rows,
        method="fine-tuned",
        folder=tmp_path / "next",
        models=models,
        recipe=replace(RECIPE, rate=0.0, epochs=0.1),
        earlier=[folder],
    )
    np.testing.assert_allclose(after.head.line, before.head.line)
    texts = [row.text for row in rows.test[:20]]
    none = [()] * len(texts)
    np.testing.assert_allclose(
        after.head.states(texts, none), Head.load(folder, models=models).states(texts, none)
    )


@pytest.fixture(scope="module")
def two_rounds(small, rows, models, tmp_path_factory) -> list[Path]:
    """Two fine-tuned heads of one base that saw the texts in different orders."""
    folders = [tmp_path_factory.mktemp("rounds") / name for name in ("first", "second")]
    for seed, folder in enumerate(folders):
        make_head(
            "sentiment",
            rows,
            method="fine-tuned",
            folder=folder,
            models=models,
            recipe=replace(RECIPE, seed=seed),
            base=small,
        )
    return folders


def test_the_average_of_two_heads_stands_between_them_and_is_calibrated_anew(
    two_rounds, rows, models, small, tmp_path
):
    made = make_head(
        "sentiment",
        rows,
        method="fine-tuned",
        folder=tmp_path / "mean",
        models=models,
        recipe=RECIPE,
        base=small,
        earlier=two_rounds,
    )
    first, second = (Head.load(folder, models=models) for folder in two_rounds)
    assert not np.allclose(first.line, second.line)
    np.testing.assert_allclose(made.head.line, (first.line + second.line) / 2, atol=1e-6)
    assert made.head.bias == pytest.approx((first.bias + second.bias) / 2)
    tensors = [
        load_file(folder / "model.safetensors") for folder in (*two_rounds, tmp_path / "mean")
    ]
    name = "encoder.layer.1.output.dense.weight"
    left, right, between = (each[name].float() for each in tensors)
    assert not torch.equal(left, right)
    torch.testing.assert_close(between, (left + right) / 2, rtol=0.01, atol=0.002)
    assert made.metrics["sets"]["made up"]["new"]["accuracy"] > 0.97
    assert ANY in made.head.blends


def test_only_fine_tuned_heads_of_one_base_are_averaged(two_rounds, tmp_path):
    with pytest.raises(InvalidError):
        average(two_rounds[:1] * 2)
    other = tmp_path / "other"
    shutil.copytree(two_rounds[1], other)
    kept = json.loads((other / HEAD).read_text("utf-8"))
    (other / HEAD).write_text(json.dumps(kept | {"base": "another"}), "utf-8")
    with pytest.raises(InvalidError, match="one base"):
        average([two_rounds[0], other])


def test_too_few_texts_are_refused(small, models, tmp_path):
    few = Split(opinions(60), opinions(60), opinions(30))
    with pytest.raises(InvalidError) as refused:
        make_head(
            "sentiment",
            few,
            method="frozen",
            folder=tmp_path,
            models=models,
            recipe=RECIPE,
            base=small,
        )
    assert refused.value.details["part"] == "test"


def test_a_blend_adds_what_each_says():
    one = np.array([1.0])
    found = Blend(network=1.0, words=0.5, lexicon=2.0, bias=-3.5).probabilities(one, one, one)
    assert found == pytest.approx(0.5)


def test_words_that_only_one_side_uses_tell_it():
    texts = ["so dull a film", "a fine film", "dull", "fine"] * 3
    weights = fit_words(texts, ["en"] * 12, np.array([False, True] * 6))
    said = logits_of(weights, ["dull", "fine", "a film"], ["en"] * 3)
    assert said[0] < said[2] < said[1]


def test_chinese_is_taken_by_signs_and_english_by_words():
    rows = features_of(["好看", "good film", ""], ["zh", "en", "en"])
    assert rows.shape == (3, FEATURES)
    assert [rows[place].nnz for place in range(3)] == [3, 3, 0]
