"""The deny-list: what it finds in three labelled lists, two of which it was not fitted to."""

from pathlib import Path

import pytest

from language.phrases import _YAKE_LANGUAGES
from language.sensitive import TOPICS, Hit, discloses, find_sensitive, topic_of
from language.sensitive_abroad import LANGUAGES

CASES = Path(__file__).with_name("cases")
LISTS = ("sensitive", "sensitive_fresh", "sensitive_held")


def judged(name: str) -> list[tuple[str, str, str]]:
    """Return (expected topic, found topic, words) of a list; "" for none."""
    rows = []
    for line in lines_of(name):
        expected, form, words = line.split("\t")
        rows.append(("" if expected == "none" else expected, found(form, words), words))
    return rows


def lines_of(name: str) -> list[str]:
    return (CASES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()


def found(form: str, words: str, language: str = "") -> str:
    if form == "tag":
        return topic_of([words])
    hits = find_sensitive(words, language or ("zh" if not words.isascii() else "en"))
    return hits[0].topic if hits else ""


def precision_and_recall(rows: list[tuple[str, str, str]]) -> tuple[float, float]:
    said = [expected for expected, got, _ in rows if got]
    meant = [got for expected, got, _ in rows if expected]
    return sum(map(bool, said)) / len(said), sum(map(bool, meant)) / len(meant)


def test_the_list_finds_what_it_was_written_for():
    rows = judged("sensitive")
    assert len(rows) >= 400
    assert {expected for expected, _, _ in rows} == {"", *TOPICS}
    precision, recall = precision_and_recall(rows)
    assert precision >= 0.99, [row for row in rows if row[1] and not row[0]]
    assert recall >= 0.99, [row for row in rows if row[0] and not row[1]]


def test_the_list_holds_on_words_that_it_was_not_fitted_to():
    rows = judged("sensitive_fresh")
    assert len(rows) >= 120
    precision, recall = precision_and_recall(rows)
    assert precision >= 0.95
    assert recall >= 0.8


def test_the_list_holds_on_words_written_down_before_it_was_last_extended():
    rows = judged("sensitive_held")
    assert len(rows) >= 120
    precision, recall = precision_and_recall(rows)
    assert precision >= 0.95
    assert recall >= 0.9


def test_a_hit_names_the_topic_of_its_case():
    rows = [row for name in LISTS for row in judged(name)]
    both = [(expected, got) for expected, got, _ in rows if expected and got]
    assert sum(expected == got for expected, got in both) / len(both) >= 0.98


def test_hits_point_at_their_words_in_order():
    text = "You are a Catholic with diabetes."
    hits = find_sensitive(text, "en")
    assert [(hit.topic, text[hit.start : hit.end]) for hit in hits] == [
        ("religion", "Catholic"),
        ("health", "diabetes"),
    ]
    assert find_sensitive("你患有糖尿病", "zh") == [Hit("health", 1, 3), Hit("health", 3, 6)]


def test_a_lifted_topic_is_let_through_and_the_others_are_not():
    text = "You are a Catholic with diabetes."
    assert [hit.topic for hit in find_sensitive(text, "en", ["health"])] == ["religion"]
    assert topic_of(["diabetes"], ["health"]) == ""
    assert topic_of(["race"], ["health"]) == "ethnicity"


@pytest.mark.parametrize("name", ["race", "信仰", "Black"])
def test_a_word_that_is_all_of_a_tag_is_judged_harder_than_inside_a_sentence(name):
    assert topic_of([name])
    assert not find_sensitive(f"a {name} of cars", "en")


def test_only_who_speaks_of_themselves_discloses_something():
    rows = [line.split("\t") for line in lines_of("disclosing")]
    wrong = [row for row in rows if discloses(row[2], row[1]) != (row[0] == "yes")]
    assert len(rows) >= 70
    assert not wrong


def test_the_lists_of_other_languages_find_what_they_were_written_for():
    rows = [line.split("\t") for line in lines_of("sensitive_abroad")]
    assert {language for _, language, *_ in rows} == {"zh", *LANGUAGES}
    meant = [row for row in rows if row[0] != "none"]
    hits = [row for row in meant if found(row[2], row[3], row[1]) == row[0]]
    assert (len(hits), len(meant)) == (175, 176), [row for row in meant if row not in hits]
    free = [row for row in rows if row[0] == "none"]
    assert len(free) == 59
    assert not [row for row in free if found(row[2], row[3], row[1])]


def test_tags_are_drawn_in_no_language_without_a_list():
    assert LANGUAGES == _YAKE_LANGUAGES


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Ein Buch über Brustkrebs und Flusskrebse", "de", ["Brustkrebs"]),
        ("schwüler Sommer, schwuler Held", "de", ["schwuler"]),
        ("une enceinte Bluetooth pour femme enceinte", "fr", ["femme enceinte"]),
        ("من قصص السرطان والاكتئاب", "ar", ["السرطان", "والاكتئاب"]),
        ("İşsizlik ve IRKÇILIK", "tr", ["İşsizlik", "IRKÇILIK"]),
    ],
)
def test_words_of_other_languages_are_found_whole_where_they_stand(text, language, words):
    assert [text[hit.start : hit.end] for hit in find_sensitive(text, language)] == words


def test_a_list_counts_in_its_own_language_and_in_a_tag():
    assert find_sensitive("gout in Roma families", "en")
    assert not find_sensitive("Le goût de Roma", "fr")
    assert not find_sensitive("Gerd mag den Pastor", "de")
    assert topic_of(["goût"]) == ""
    assert not find_sensitive("Er ist kein Katholik", "fr")
    assert topic_of(["Katholik"]) == "religion"
    assert topic_of(["Katholik"], ["religion"]) == ""


@pytest.mark.parametrize(
    "name",
    ["The Cure", "Hey Jude", "Evangelion", "demented", "The Hives", "Vangelis", "great depression"],
)
def test_what_looks_like_a_word_of_another_language_stays_free(name):
    assert topic_of([name]) == ""


def test_one_name_of_several_is_enough():
    assert topic_of(["xyzzy", "宗教"]) == "religion"
    assert topic_of([]) == ""
