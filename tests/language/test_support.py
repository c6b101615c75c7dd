import pytest

from language.support import pick_user, supported_share
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


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("right", [0, 1, 2])
def test_the_right_user_is_picked_by_what_is_said_of_them(right, language):
    people = [ADA, BEA, CLEO]
    assert (
        pick_user(describe(people[right], language=language).text, people, language=language)
        == right
    )


def test_polarity_decides_between_users_of_the_same_tags():
    assert pick_user("They avoid gore.", [CLEO, ADA], language="en") == 1
    assert pick_user("They love gore.", [CLEO, ADA], language="en") == 0


def test_nobody_is_picked_where_two_fit_equally_or_nothing_is_said():
    assert pick_user("They love noir.", [ADA, ADA], language="en") is None
    assert pick_user("There is nothing.", [ADA, BEA], language="en") is None
    assert pick_user("They love noir.", [], language="en") is None
