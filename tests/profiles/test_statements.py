from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from profiles.modelling.choosing import OBSERVED, Channel, Proposal, propose
from profiles.modelling.claims import claims_of_items, claims_of_words
from profiles.modelling.credit import split_credit
from profiles.modelling.shares import Base, base_of
from profiles.modelling.statements import (
    StatementConfig,
    Weighed,
    weigh_items,
    weigh_words,
)
from tests.profiles.test_claims import acts, bearings, mentions

CONFIG = StatementConfig()
CRIME, OTHER = 900, 999
# Everybody gives a tenth of what they like to crime, and two thirds of all verdicts are good.
BASE = Base(
    tag=np.array([CRIME, OTHER]),
    share_liked=np.array([0.1, 0.9]),
    share_disliked=np.array([0.1, 0.9]),
    pleased=np.array([2 / 3, 2 / 3]),
    all_pleased=2 / 3,
)


def weighed(crime: list[float], other: list[float], config: StatementConfig = CONFIG) -> Weighed:
    """One user who met these crime books and these others, with these strengths."""
    rows = [(CRIME, each) for each in crime] + [(OTHER, each) for each in other]
    met = acts(*[(at, 1, 100 + at, strength, 0) for at, (_, strength) in enumerate(rows)])
    borne = bearings(*[(100 + at, tag, 1.0) for at, (tag, _) in enumerate(rows)])
    return weigh_items(met, claims_of_items(met, borne), BASE, config)


def crime_of(found: Weighed) -> tuple[int, float, bool]:
    at = int(np.flatnonzero(found.tag == CRIME)[0])
    return int(found.polarity[at]), float(found.evidence[at]), bool(found.holds[at])


def test_the_base_is_shares_of_the_whole_shrunk_towards_each_other():
    base = base_of(np.array([1, 2]), np.array([3.0, 1.0]), np.array([1.0, 1.0]), whole=(9.0, 4.0))
    assert_allclose(base.share_liked, [3.5 / 10, 1.5 / 10])
    assert_allclose(base.share_disliked, [1.5 / 5, 1.5 / 5])
    assert_allclose(base.all_pleased, 5 / 8)
    assert_allclose(base.pleased, [(3 + 5 * 5 / 8) / 9, (1 + 5 * 5 / 8) / 7])


def test_evidence_multiplies_the_odds_of_choice_and_verdict():
    # Four crime books liked, four others liked. Choice: (4 - 8 * .1) / sqrt(8 * .09 + 2).
    # Verdict: expected is (4 + 4 * 2/3) / (4 + 4) = 5/6, so (4 - 10/3) / sqrt(4 * 5/36 + 1).
    choice, verdict = 3.2 / np.sqrt(2.72), (2 / 3) / np.sqrt(5 / 9 + 1)
    odds = CONFIG.prior_odds
    for score in (choice, verdict):
        below = (1 + _erf(score / np.sqrt(2))) / 2
        odds *= below / (1 - below)
    unbounded = replace(CONFIG, few=0.0)
    polarity, evidence, holds = crime_of(weighed([1.0] * 4, [1.0] * 4, unbounded))
    assert (polarity, holds) == (1, True)
    assert_allclose(evidence, odds / (1 + odds), rtol=1e-9)


def test_two_items_are_never_as_sure_as_twenty():
    _, two, _ = crime_of(weighed([1.0] * 2, []))
    _, twenty, _ = crime_of(weighed([1.0] * 20, []))
    assert two <= 1 - 0.4 / 2
    assert twenty > 0.95


def _erf(value: float) -> float:
    steps = np.linspace(0, value, 200_001)
    return float(np.trapezoid(np.exp(-(steps**2)), steps) * 2 / np.sqrt(np.pi))


def test_what_everybody_meets_says_nothing_about_anybody():
    _, evidence, _ = crime_of(weighed([1.0], [1.0] * 9))
    assert evidence < CONFIG.active_evidence


def test_bad_verdicts_make_a_dislike():
    polarity, evidence, holds = crime_of(weighed([-1.0] * 4, [1.0] * 6))
    assert (polarity, holds) == (-1, True)
    assert evidence > 0.8


def test_one_who_pans_everything_does_not_dislike_one_thing():
    assert not crime_of(weighed([-1.0, -1.0], [-1.0] * 18))[2]


def test_equal_praise_and_blame_of_a_favourite_subject_is_no_clear_dislike():
    polarity, _, _ = crime_of(weighed([1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]))
    assert polarity == 1


@given(
    st.sampled_from([1, -1]),
    st.lists(st.floats(-1, 1), max_size=8),
    st.lists(st.floats(-1, 1), max_size=8),
    st.floats(0.05, 1),
)
def test_another_interaction_in_support_never_lowers_evidence(sign, crime, other, more):
    crime = [sign * 0.8, sign * 0.7, *crime]
    before = crime_of(weighed(crime, other))
    after = crime_of(weighed([*crime, before[0] * more], other))
    if before[2]:
        assert after[0] == before[0]
        assert after[1] >= before[1] - 1e-12


def proposals(rows: list[tuple[int, float]], *, insist: bool, untagged: int = 0) -> list[Proposal]:
    strengths = [each for _, each in rows] + [1.0] * untagged
    met = acts(*[(at, 1, 100 + at, each, 0) for at, each in enumerate(strengths)])
    borne = bearings(*[(100 + at, tag, 1.0) for at, (tag, _) in enumerate(rows)])
    claims = claims_of_items(met, borne)
    channel = Channel(OBSERVED, claims, weigh_items(met, claims, BASE, CONFIG))
    return propose(met, (channel,), CONFIG, insist={1} if insist else set()).get(1, [])


@given(st.floats(-1, 1), st.lists(st.floats(-1, 1), max_size=12), st.booleans())
def test_a_single_interaction_never_makes_a_statement(strength, other, insist):
    found = proposals([(CRIME, strength), *[(OTHER, each) for each in other]], insist=insist)
    assert CRIME not in {each.tag for each in found}


def test_the_same_item_twice_is_not_two_signs():
    met = acts((1, 1, 100, 1.0, 3), (2, 1, 100, 1.0, 2))
    claims = claims_of_items(met, bearings((100, CRIME, 1.0)))
    assert not weigh_items(met, claims, BASE, CONFIG).holds.any()


def test_copies_of_one_review_are_one_sign():
    met = acts(*[(at, 1, 100 + at, 1.0, 0) for at in range(4)])
    borne = bearings(*[(100 + at, CRIME, 1.0) for at in range(4)])
    copied = replace(met, piece=np.array([0, 0, 0, 0]))
    assert weigh_items(met, claims_of_items(met, borne), BASE, CONFIG).holds.all()
    assert not weigh_items(copied, claims_of_items(copied, borne), BASE, CONFIG).holds.any()


def test_a_tag_that_only_comes_with_a_clearer_one_loses_its_credit():
    """Six crime books, four of them also short; crime is rarer, so crime takes the merit."""
    met = acts(*[(at, 1, 100 + at, 1.0, 0) for at in range(10)])
    borne = bearings(
        *[(100 + at, CRIME, 1.0) for at in range(6)], *[(100 + at, OTHER, 1.0) for at in range(4)]
    )
    base = replace(BASE, share_liked=np.array([0.1, 0.2]))
    claims = claims_of_items(met, borne)
    split = split_credit(met, claims, base, CONFIG)
    assert_allclose(split.support[split.tag == CRIME], 1.0)
    assert_allclose(split.support[split.tag == OTHER], CONFIG.credit_left)
    before = weigh_items(met, claims, base, CONFIG)
    after = weigh_items(met, split, base, CONFIG)
    assert after.evidence[1] < before.evidence[1] - 0.1
    assert after.evidence[0] == before.evidence[0]


def test_a_dislike_leaves_the_credit_of_likes_alone():
    met = acts(*[(at, 1, 100 + at, -1.0 if at < 3 else 1.0, 0) for at in range(8)])
    borne = bearings(
        *[(100 + at, CRIME, 1.0) for at in range(3)], *[(100 + at, OTHER, 1.0) for at in range(8)]
    )
    claims = claims_of_items(met, borne)
    split = split_credit(met, claims, BASE, CONFIG)
    assert_allclose(split.support[(split.tag == OTHER) & (split.support > 0)], 1.0)


def test_tags_that_the_sample_never_met_are_as_rare_as_the_rarest():
    wider = BASE.covering(np.array([950, CRIME, 950]))
    assert wider.tag.tolist() == [CRIME, 950, OTHER]
    assert_allclose(wider.share_liked, [0.1, 0.1, 0.9])
    assert_allclose(wider.pleased, [2 / 3] * 3)


def test_who_wrote_enough_is_owed_a_proposal_that_is_not_in_use():
    rows = [(CRIME, 0.2), (CRIME, -0.2), (CRIME, 0.2)]
    assert proposals(rows, insist=False, untagged=9) == []
    (owed,) = proposals(rows, insist=True, untagged=9)
    assert not owed.is_active


def test_numbers_are_told_in_steps():
    (found,) = [each for each in proposals([(CRIME, 1.0)] * 4, insist=False) if each.tag == CRIME]
    assert round(found.strength * 10, 9) == round(found.strength * 10)
    assert round(found.confidence * 20, 9) == round(found.confidence * 20)
    assert [line.weight for line in found.lines] == [1.0] * 4


def test_words_are_weighed_as_parts_of_the_reviews_that_were_read():
    met = acts(*[(at, 1, 100 + at, 1.0 if at < 4 else -1.0, 0) for at in range(6)])
    said = mentions(*[(at, CRIME, 1.0) for at in range(4)], (4, OTHER, -1.0), (5, OTHER, -1.0))
    found = weigh_words(met, claims_of_words(met, said), BASE, CONFIG)
    assert found.tag.tolist() == [CRIME, OTHER]
    assert found.polarity.tolist() == [1, -1]
    assert found.holds.tolist() == [True, True]


def test_a_single_interaction_speaks_only_where_that_is_allowed():
    one_is_enough = replace(CONFIG, least_for=1)
    assert not crime_of(weighed([1.0], [1.0] * 4))[2]
    assert crime_of(weighed([1.0], [1.0] * 4, one_is_enough))[2]
    assert not crime_of(weighed([-1.0], [1.0] * 4, one_is_enough))[2]
    assert crime_of(weighed([-1.0], [1.0] * 4, replace(CONFIG, least_against=1)))[2]


def test_words_need_independent_evidence_whatever_behaviour_needs():
    met = replace(acts((0, 1, 100, 1.0, 0), (1, 1, 101, 1.0, 0)), is_read=np.ones(2, dtype=bool))
    said = mentions((0, CRIME, 1.0))
    found = weigh_words(met, claims_of_words(met, said), BASE, replace(CONFIG, least_for=1))
    assert not found.holds.any()
