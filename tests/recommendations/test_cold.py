"""`evaluate --cold`: what is hidden is never learnt from, and figures mean what they say."""

import json

import numpy as np
import pytest
from django.core.management import call_command
from scipy.sparse import csr_array

from core.arrays import unit_rows
from recommendations.engine import welcoming
from recommendations.engine.log import Log, take
from recommendations.engine.splits import user_split
from recommendations.engine.welcoming import declared_tags
from recommendations.evaluation.cold import Hiding, Voice, measure_cold
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.run import Plan
from recommendations.evaluation.strangers import naming_sentences, reviewing_sentences
from tests.recommendations.test_evaluate import small_folder, write

SHELVES, EACH = 4, 30
WORDS = ["castle ghost dark", "train harbour map", "stage actor verse", "star planet engine"]


def shelves_folder(folder):
    """Readers who keep to one of four shelves, told apart by words and by tags."""
    rng = np.random.default_rng(0)
    items = [
        {
            "id": str(item),
            "title": f"{WORDS[item // EACH]} {WORDS[item // EACH].split()[item % 3]}",
            "tags": [WORDS[item // EACH].split()[0]],
        }
        for item in range(SHELVES * EACH)
    ]
    write(folder, "items", items)
    write(folder, "users", [{"id": f"u{user}"} for user in range(200)])
    rows = [
        {"user": f"u{user}", "item": str(EACH * (user % SHELVES) + item), "kind": "borrow"}
        | {"text": f"Fine. I want more of {WORDS[user % SHELVES]}!" if user % 2 else ""}
        for user in range(200)
        for item in rng.permutation(EACH)[:10]
    ]
    write(folder, "interactions", rows)
    return folder


def counted(texts):
    """Count the words of the shelves, in place of an encoder."""
    vocabulary = " ".join(WORDS).split()
    table = [[float(text.count(word)) for word in vocabulary] for text in texts]
    return unit_rows(np.array(table, dtype=np.float32))


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Measured with a voice whose worker says the opposite of what a request hears."""
    data = read_folder(shelves_folder(tmp_path_factory.mktemp("shelves")))
    voice = Voice(counted, lambda text: counted([text])[0], lambda texts: -counted(texts))
    plan = Plan(splits=("user",), users=100)
    return measure_cold(data, plan, lambda what: None, voice=voice)


def test_items_that_nobody_met_are_found_by_their_texts(found):
    ranked = found["cold_items"]["ranked"]
    assert found["cold_items"]["wanted"]["cold"] > 0
    assert ranked["recall@20 of cold items"]["value"] > 0
    assert ranked["cold over warm"]["value"] == pytest.approx(
        ranked["recall@20 of cold items"]["value"] / ranked["recall@20 of warm items"]["value"],
        abs=1e-4,
    )


def test_strangers_get_more_from_their_tags_than_from_what_is_popular(found):
    users = found["cold_users"]
    assert users["users"] == 40
    assert users["less popular"]["low"] > 0
    assert users["ndcg@20"]["value"] > users["another's tags"]["value"]


def test_what_is_hidden_is_in_the_test_alone():
    rng = np.random.default_rng(0)
    log = Log(
        users=np.repeat(np.arange(50), 10),
        items=np.concatenate([rng.permutation(40)[:10] for _ in range(50)]),
        weights=np.ones(500, dtype=np.float32),
        times=np.arange(500, dtype=np.float64),
        n_users=50,
        n_items=40,
    )
    hiding = Hiding.of(user_split(log), seed=0)
    assert (hiding.items.sum(), hiding.users.sum()) == (4, 10)
    for part in (hiding.split.train, hiding.split.validation):
        assert not hiding.items[part.items].any()
        assert not hiding.users[part.users].any()
    assert hiding.items[hiding.split.test.items].any()
    assert hiding.users[hiding.told.users].all()


def test_declared_are_the_tags_most_frequent_for_their_rarity(monkeypatch):
    tags = csr_array(np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [1, 0, 1]], dtype=np.float32))
    told = Log(
        users=np.zeros(3, dtype=np.int64),
        items=np.array([0, 1, 2]),
        weights=np.ones(3, dtype=np.float32),
        times=np.arange(3, dtype=np.float64),
        n_users=1,
        n_items=4,
    )
    # The tag that every item bears says nothing; the rarest of one item's each comes first.
    chosen = declared_tags(told, tags, np.array([0])).toarray()[0]
    assert chosen.tolist() == pytest.approx([0.9, 0.9, 0.9])
    monkeypatch.setattr(welcoming, "DECLARED", 1)
    assert declared_tags(told, tags, np.array([0])).toarray()[0].nonzero()[0].tolist() == [1]


def test_where_items_bear_no_tags_nobody_declares_any(tmp_path):
    folder = small_folder(tmp_path)
    write(folder, "items", [{"id": str(i)} for i in range(60)])
    path = tmp_path / "found.json"
    call_command(
        "evaluate", folder=folder, cold=True, no_encoder=True, validation_users=100, json=path
    )
    assert json.loads(path.read_text())["cold_users"]["users"] == 0


def test_strangers_who_say_a_sentence_are_served_what_is_near_it(found):
    heard = found["cold_words"]
    for told in heard.values():
        assert told["less popular"]["low"] > 0
        assert told["ndcg@20"]["value"] > told["another's sentence"]["value"]
    # Every other user wrote something.
    assert 0 < heard["own review"]["users"] < heard["names tags"]["users"] == 40


def test_the_quick_vector_is_held_against_the_workers(found):
    told = found["cold_words"]["names tags"]["cosine to the worker's vector"]
    assert told == {"least": -1.0, "mean": -1.0}


def test_a_sentence_names_the_tags_that_a_stranger_declares():
    declared = csr_array(np.array([[0.9, 0.9, 0.9], [0, 0.9, 0], [0, 0, 0]], dtype=np.float32))
    assert naming_sentences(declared, ["drama", "war", "noir"]) == [
        "I like drama, war and noir.",
        "I like war.",
        "",
    ]


def test_only_what_was_written_before_the_test_is_quoted(tmp_path):
    """The newest review of what was liked, and of it the longest sentence."""
    write(tmp_path, "items", [{"id": str(item)} for item in range(4)])
    write(tmp_path, "users", [{"id": "u"}, {"id": "v"}])
    rows = [
        ("0", 5, "Old and liked."),
        ("1", 5, "Short. The newest that was liked! Yes."),
        ("2", 1, "Newer and disliked."),
        ("3", 5, "Of the test."),
    ]
    write(
        tmp_path,
        "interactions",
        [
            {"user": "u", "item": item, "kind": "review", "value": value, "text": text}
            | {"happened_at": f"2020-01-0{day + 1}T00:00:00Z"}
            for day, (item, value, text) in enumerate(rows)
        ],
    )
    data = read_folder(tmp_path)
    told = take(data.log, np.array([True, True, True, False]))
    quoted = reviewing_sentences(data, told, np.array([0, 1]))
    assert quoted == ["The newest that was liked!", ""]
