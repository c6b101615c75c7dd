import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.claims_check import check
from language.write import Fact, describe
from tests.language.test_write import facts_in_any_mix

CASES = tomllib.loads((Path(__file__).parent / "cases" / "claims.toml").read_text(encoding="utf-8"))
LEVELS = {"?": "latent", "!": "declared", "@": "inferred"}


def facts_of(line: str) -> list[Fact]:
    facts = []
    for each in line.split(", "):
        polarity, name = 1 if each[0] == "+" else -1, each[1:]
        level = LEVELS.get(name[0], "observed")
        tag = name[1:] if name[0] in LEVELS else name
        facts.append(Fact(tag, polarity, 0.9, level, is_aspect=name[0] == "@"))
    return facts


def verdict(text: str, facts: list[Fact], language: str) -> str:
    (sentence,) = check(text, facts, language=language)
    if sentence.is_supported:
        return ""
    return ", ".join(sorted(set(sentence.problems))) or "empty"


@pytest.mark.parametrize("case", CASES["en"], ids=lambda case: case["text"])
def test_an_english_sentence_is_judged(case):
    found = verdict(case["text"], facts_of(case["facts"]), "en")
    assert found == case.get("problems", "")


@pytest.mark.parametrize("case", CASES["zh"], ids=lambda case: case["text"])
def test_a_chinese_sentence_is_judged(case):
    found = verdict(case["text"], facts_of(case["facts"]), "zh")
    assert found == case.get("problems", "")


def test_there_are_enough_cases_that_must_be_refused():
    refused = [case for cases in CASES.values() for case in cases if case.get("problems")]
    assert len(refused) >= 50


@given(
    facts_in_any_mix,
    st.sampled_from(["en", "zh"]),
    st.sampled_from([None, "Ada", "王小明"]),
    st.sampled_from(["they", "you"]),
)
def test_whatever_the_template_says_is_read_back_as_it_was_meant(facts, language, name, address):
    written = describe(facts, language=language, name=name, address=address)
    read = check(written.text, facts, language=language, name=name)
    assert [one for one in read if not one.is_supported] == []
    claims = [(claim.tag, claim.polarity) for one in read for claim in one.claims]
    assert sorted(claims) == sorted(written.claims)


@given(facts_in_any_mix, st.sampled_from(["en", "zh"]))
def test_no_template_survives_facts_that_say_the_opposite(facts, language):
    written = describe(facts, language=language)
    turned = [
        Fact(each.tag, -each.polarity, each.strength, each.level, is_aspect=each.is_aspect)
        for each in facts
    ]
    kept = {(each.tag, each.polarity) for each in turned}
    for sentence in check(written.text, turned, language=language):
        for claim in sentence.claims:
            assert claim.problem or (claim.tag, claim.polarity) in kept


def test_a_tag_that_was_made_up_is_named():
    (sentence,) = check("They love westerns.", facts_of("+noir"), language="en", others=["western"])
    assert [(claim.tag, claim.polarity, claim.problem) for claim in sentence.claims] == [
        ("western", 1, "unmatched")
    ]


def test_a_lifted_topic_may_be_spoken_of():
    facts = facts_of("+yoga, +diabetes")
    assert verdict("They like yoga and diabetes.", facts, "en") == "sensitive"
    (sentence,) = check("They like yoga and diabetes.", facts, language="en", lifted=["health"])
    assert sentence.is_supported


def test_a_text_is_read_sentence_by_sentence():
    read = check("They love noir. They love gore.", facts_of("+noir, -gore"), language="en")
    assert [one.is_supported for one in read] == [True, False]
    assert all(left.text != right.text for left, right in pairwise(read))


def test_a_name_with_full_stops_in_it_ends_no_sentence():
    facts = facts_of("+J. R. R. Tolkien, +noir, -gore")
    for language, text in (
        ("en", "J. R. R. Baker likes J. R. R. Tolkien and noir. They avoid gore."),
        ("zh", "J. R. R. Baker 喜欢 noir 和 J. R. R. Tolkien。讨厌 gore。"),
    ):
        read = check(text, facts, language=language, name="J. R. R. Baker")
        assert [one.problems for one in read] == [[], []]
