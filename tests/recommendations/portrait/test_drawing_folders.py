import numpy as np
import pytest
from numpy.testing import assert_allclose

from recommendations.engine.log import join
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.portrait import drawing
from recommendations.evaluation.portrait.drawing import acts_of, draw, rows_of
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.run import split_of
from tests.recommendations.portrait.worlds import (
    BLAME,
    ITEMS,
    TAGS,
    TASTES,
    USERS,
    interactions,
    taste_of,
    tasteful,
    write,
)


def drawn(folder):
    data = read_folder(folder)
    split = split_of(data, "user", seed=0)
    known = join(split.train, split.validation)
    return data, split, draw(data, read_texts(data), known)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return drawn(tasteful(tmp_path_factory.mktemp("tastes")))


def test_users_are_said_to_like_their_own_taste_and_to_dislike_no_part_of_it(world):
    _, _, portraits = world
    columns = [portraits.tags.index(tag) for tag in TAGS]
    weights = portraits.weights[:, columns].toarray()
    for user, row in enumerate(weights):
        assert row[user % 3] > 0
        assert row.argmax() == user % 3


def test_a_portrait_has_at_most_thirty_two_statements(world):
    _, _, portraits = world
    assert np.diff(portraits.weights.indptr).max() <= 32


def test_what_is_held_out_changes_nothing(world, tmp_path):
    data, split, before = world
    rows = interactions()
    for row in rows_of(data.log, split.test).tolist():
        rows[row] |= {"text": BLAME * 3}
    _, _, after = drawn(tasteful(tmp_path, rows=rows))
    assert after.tags == before.tags
    assert (after.weights != before.weights).nnz == 0
    assert (after.item_tags != before.item_tags).nnz == 0


def test_what_is_known_changes_portraits(world, tmp_path):
    data, split, before = world
    rows = interactions()
    for row in rows_of(data.log, split.train).tolist():
        rows[row] |= {"text": BLAME}
    _, _, after = drawn(tasteful(tmp_path, rows=rows))
    acting = before.tags.index("acting")
    assert before.weights[:, [acting]].nnz > 0
    assert (after.weights[:, [acting]] != before.weights[:, [acting]]).nnz > 0


def test_reviews_that_nearly_repeat_each_other_are_one_piece_of_evidence(tmp_path):
    rows = interactions()
    told = "This one has a story that goes nowhere at all, and I would have left after an hour."
    first, second = [row for row in rows if row["user"] == "u0"][:2]
    first["text"], second["text"] = told, told.replace("an hour", "one hour")
    data = read_folder(tasteful(tmp_path, rows=rows))
    acts = acts_of(data, read_texts(data), np.arange(len(data.log)))
    own = np.flatnonzero(acts.user == 0)
    assert len(own) - len(np.unique(acts.pieces[own])) == 1
    rest = acts.user != 0
    assert (acts.pieces[rest] == acts.id[rest]).all()


def test_who_stands_for_everybody_is_drawn_by_lot_and_not_by_place(world, tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "SAMPLE", 12)
    _, _, first = drawn(tasteful(tmp_path / "as_they_are"))
    folder = tasteful(tmp_path / "turned_round")
    write(folder, "users", [{"id": f"u{user}"} for user in reversed(range(USERS))])
    _, _, second = drawn(folder)
    assert_allclose(
        first.evidence.everybody.items.share_liked, second.evidence.everybody.items.share_liked
    )
    whole = world[2].evidence.everybody.items.share_liked
    assert not np.allclose(first.evidence.everybody.items.share_liked, whole)


def test_a_tag_that_one_item_alone_bears_is_not_believed(tmp_path):
    items = [{"id": str(one), "tags": [TAGS[taste_of(one)]]} for one in range(ITEMS * TASTES)]
    items[0]["tags"].append("reel of a lifetime")
    rows = [row for row in interactions() if row["user"] != "u0" or row["item"] == "0"]
    _, _, portraits = drawn(tasteful(tmp_path, rows=rows, items=items))
    alone = portraits.tags.index("reel of a lifetime")
    assert portraits.item_tags[:, [alone]].nnz == 1
    assert alone not in portraits.evidence.bearings.tag
    assert portraits.tags.index("noir") in portraits.evidence.bearings.tag


def test_the_rows_of_a_part_are_found_again(world):
    data, split, _ = world
    rows = rows_of(data.log, split.test)
    assert len(rows) == len(split.test)
    pairs = set(zip(split.test.users.tolist(), split.test.items.tolist(), strict=True))
    found = zip(data.log.users[rows].tolist(), data.log.items[rows].tolist(), strict=True)
    assert set(found) == pairs
