"""Names that differ by a hyphen, and names that are several words set side by side."""

import pytest

from language.claims_check import check
from language.write import Fact, describe


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_two_spellings_the_one_that_was_written_is_read_back(language):
    facts = [Fact("synth-pop", 1, 0.9, "observed"), Fact("synth pop", 1, 0.4, "observed")]
    sentences = check(describe(facts, language=language).text, facts, language=language)
    claims = [claim for sentence in sentences for claim in sentence.claims]
    assert [claim.tag for claim in claims] == ["synth-pop", "synth pop"]
    assert not [claim.problem for claim in claims if claim.problem]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_side_by_side_stand_between_marks_and_are_one_claim(language):
    facts = [Fact("crew · comedy · father", 1, 0.9, "observed"), Fact("noir", 1, 0.8, "observed")]
    text = describe(facts, language=language).text
    assert "“crew · comedy · father”" in text
    found = [claim for one in check(text, facts, language=language) for claim in one.claims]
    assert [(claim.tag, claim.problem) for claim in found] == [
        ("crew · comedy · father", None),
        ("noir", None),
    ]


def test_of_equally_strong_likes_the_surest_comes_first():
    facts = [
        Fact("a", 1, 0.7, "observed", confidence=0.6),
        Fact("b", 1, 0.7, "observed", confidence=0.9),
    ]
    assert [tag for tag, _ in describe(facts, language="en").claims] == ["b", "a"]
