import pytest

from language.support import supported_share
from language.write import Fact, describe

ADA = [Fact("noir", 1, 0.9, "observed"), Fact("gore", -1, 0.8, "observed")]
BEA = [Fact("noir", 1, 0.9, "observed"), Fact("satire", 1, 0.8, "observed")]
CLEO = [Fact("noir", 1, 0.9, "observed"), Fact("gore", 1, 0.8, "observed")]


def test_the_share_counts_claims_and_not_sentences():
    found = supported_share(
        ["They love noir and gore. They avoid gore.", "They love noir, satire and westerns."],
        [ADA, BEA],
        language="en",
    )
    assert (found.claims, found.supported) == (6, 4)
    assert found.share == pytest.approx(4 / 6)
    assert found.problems == {"contradicted": 1, "unmatched": 1}


def test_what_the_template_writes_is_supported_to_the_last_claim():
    people = [ADA, BEA, CLEO]
    for language in ("en", "zh"):
        texts = [describe(each, language=language, name="Ada").text for each in people]
        found = supported_share(texts, people, language=language, names=["Ada"] * 3)
        assert (found.claims, found.share) == (6, 1.0)


def test_nothing_claimed_is_nothing_wrong():
    assert supported_share([describe([], language="en").text], [[]], language="en").share == 1.0


def test_descriptions_and_facts_must_be_of_the_same_users():
    with pytest.raises(ValueError, match="zip"):
        supported_share(["They love noir."], [], language="en")
