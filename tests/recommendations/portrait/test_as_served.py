"""What is measured is what a workspace holds: its words, its statements in use, its segments."""

import hashlib

import numpy as np
import pytest

from core.arrays import as_floats, unit_rows
from recommendations.engine.log import join, matrix
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.portrait.believed import beliefs_of, in_use
from recommendations.evaluation.portrait.drawing import draw
from recommendations.evaluation.portrait.parting import last_taken, segments_row
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.portrait.senses import Senses, clean_item
from recommendations.evaluation.run import split_of
from tests.recommendations.portrait.worlds import ITEMS, TASTES, interactions, tasteful, write

# Tags that only their meaning makes one, and one that no portrait speaks of.
SAME = {"noir": "gloomy thriller"}
SENSITIVE = "depression"


def meaning(texts, *, role):
    """Put every text somewhere of its own, and the two that mean the same in one place."""
    sense = [SAME.get(text, text) for text in texts]
    seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in sense]
    return unit_rows(as_floats([np.random.default_rng(seed).normal(size=64) for seed in seeds]))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tasteful(tmp_path_factory.mktemp("served"))
    tags = [["noir", SENSITIVE], ["opera"], ["western"]]
    items = [{"id": str(item), "tags": list(tags[item % TASTES])} for item in range(ITEMS * TASTES)]
    for item in items[: 5 * TASTES : TASTES]:
        item["tags"][0] = "gloomy thriller"
    write(folder, "items", items)
    return read_folder(folder)


@pytest.fixture(scope="module")
def split(data):
    return split_of(data, "user", seed=0)


def test_words_that_mean_the_same_are_one_where_there_is_an_encoder(data, split):
    plain = draw(data, read_texts(data), split.train)
    served = draw(data, read_texts(data, encode=meaning), split.train)
    assert {"noir", "gloomy thriller"} <= set(plain.tags)
    assert "noir" in served.tags
    assert "gloomy thriller" not in served.tags
    bearers = served.item_tags[:, [served.tags.index("noir")]].nnz
    assert bearers == ITEMS


def test_no_portrait_speaks_of_a_sensitive_topic(data, split):
    portraits = draw(data, read_texts(data), split.train)
    assert SENSITIVE not in portraits.tags


def test_what_is_in_use_is_less_than_what_is_clear_enough_to_be_proposed(data, split):
    portraits = draw(data, read_texts(data), split.train)
    used, proposed = in_use(portraits), beliefs_of(portraits)
    held = set(zip(used.user.tolist(), used.tag.tolist(), strict=True))
    assert held == {
        (one.user, one.tag)
        for stated in portraits.statements.values()
        for one in stated
        if one.is_active
    }
    assert 0 < len(used.user) <= len(proposed.user)
    table = portraits.weights
    assert table.nnz == len(held)
    values = {
        (user, tag): value
        for user, tag, value in zip(
            used.user.tolist(), used.tag.tolist(), used.weight.tolist(), strict=True
        )
    }
    assert all(table[user, tag] == pytest.approx(value) for (user, tag), value in values.items())


def told_of(folder, items, *, copied=False):
    """Return the tags where reviews of the first three items speak of a harbour town."""
    rows = interactions()
    for place, row in enumerate(rows):
        if row["item"] in {"0", "1", "2"}:
            own = "the same" if copied else f"told by {'x' * place}"
            row["text"] = f"The gloomy harbour town is superb, {own}."
    data = read_folder(tasteful(folder, rows=rows, items=items))
    split = split_of(data, "user", seed=0)
    return set(draw(data, read_texts(data), split.train).tags)


def test_several_reviews_speak_for_items_that_say_nothing_of_themselves(tmp_path):
    bare = [{"id": str(item)} for item in range(ITEMS * TASTES)]
    tagged = [{"id": str(item), "tags": ["x"]} for item in range(ITEMS * TASTES)]
    assert any("harbour" in tag for tag in told_of(tmp_path / "bare", bare))
    assert not any("harbour" in tag for tag in told_of(tmp_path / "tagged", tagged))
    assert not any("harbour" in tag for tag in told_of(tmp_path / "copied", bare, copied=True))


def test_items_stand_where_their_title_tags_and_text_are_encoded():
    items = [{"title": "One", "tags": ["a", "b"], "text": "Two three."}, {}]
    said = []

    def encode(texts, *, role):
        said.append((role, *texts))
        return as_floats(np.ones((len(texts), 2)))

    senses = Senses.of(items, [clean_item(item) for item in items], encode)
    found = senses.meanings(["word", "other"])
    senses.meanings(["word"])
    assert said == [("passage", "One. a, b. Two three"), ("query", "word", "other")]
    assert found.words == {"word": 0, "other": 1}
    assert senses.directions([0, 1]) is None  # half of them say nothing
    np.testing.assert_array_equal(senses.directions([0]), [[1.0, 1.0]])


def test_segments_are_parted_by_texts_and_dates_too(data, split):
    texts = read_texts(data, encode=meaning)
    row = segments_row(split, senses=texts.senses)
    assert {one["view"] for one in row["views"]} >= {"company", "taste"}
    known = join(split.train, split.validation)
    met = matrix(known)
    when = last_taken(known, met)
    users, items = met.nonzero()
    for place in (0, len(when) // 2, len(when) - 1):
        own = (known.users == users[place]) & (known.items == items[place]) & (known.weights > 0)
        assert when[place] == known.times[own].max()
