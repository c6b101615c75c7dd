import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.write import Fact, describe

TAGS = ["gothic", "satire", "noir", "crime", "武侠", "pacing", "acting", "gore"]
facts_in_any_mix = st.lists(
    st.builds(
        Fact,
        tag=st.sampled_from(TAGS),
        polarity=st.sampled_from([1, -1]),
        strength=st.floats(0, 1),
        level=st.sampled_from(["declared", "observed", "inferred", "latent"]),
        parent=st.sampled_from([None, *TAGS]),
        is_aspect=st.booleans(),
    ),
    max_size=14,
)


@given(facts_in_any_mix, st.sampled_from(["en", "zh"]))
def test_it_states_only_given_facts_and_states_each_it_claims(facts, language):
    written = describe(facts, language=language)
    given_pairs = {(fact.tag, fact.polarity) for fact in facts}
    assert set(written.claims) <= given_pairs
    stated = {tag for tag in TAGS if tag in written.text.lower()}
    assert stated == {tag for tag, _ in written.claims}


@given(facts_in_any_mix, st.sampled_from(["en", "zh"]))
def test_it_writes_at_most_five_sentences(facts, language):
    text = describe(facts, language=language, name="Ada").text
    assert 1 <= text.count("。" if language == "zh" else ".") <= 5


def test_the_same_facts_in_another_order_give_the_same_words():
    facts = [Fact("noir", 1, 0.9, "observed"), Fact("gore", -1, 0.7, "observed")]
    assert describe(facts, language="en") == describe(facts[::-1], language="en")


@pytest.mark.parametrize(("language", "hedge"), [("en", "people of like taste"), ("zh", "或许")])
def test_a_guess_is_said_to_be_one(language, hedge):
    assert hedge in describe([Fact("noir", 1, 0.9, "latent")], language=language).text


def test_a_guessed_dislike_is_left_unsaid():
    assert describe([Fact("noir", -1, 0.9, "latent")], language="en").claims == []


def test_no_facts_are_admitted():
    written = describe([], language="en", name="Ada")
    assert written.claims == []
    assert written.text == "There is too little evidence yet to say what Ada likes."


def test_a_child_is_told_with_its_parent():
    facts = [Fact("crime", 1, 0.9, "observed"), Fact("noir", 1, 0.8, "observed", parent="crime")]
    assert "crime (above all noir)" in describe(facts, language="en").text


def test_a_grandchild_is_not_lost():
    chain = [
        Fact("fiction", 1, 0.9, "observed"),
        Fact("crime", 1, 0.8, "observed", parent="fiction"),
        Fact("noir", 1, 0.7, "observed", parent="crime"),
    ]
    assert "fiction (above all crime) and noir" in describe(chain, language="en").text


ALL_GROUPS = [
    Fact("noir", 1, 0.9, "observed"),
    Fact("satire", 1, 0.8, "declared"),
    Fact("crime", 1, 0.3, "observed"),
    Fact("pacing", 1, 0.5, "inferred", is_aspect=True),
    Fact("acting", -1, 0.5, "inferred", is_aspect=True),
    Fact("gore", -1, 0.7, "observed"),
    Fact("gothic", 1, 0.6, "latent"),
]


@given(facts_in_any_mix, st.sampled_from(["en", "zh"]))
def test_said_to_the_user_it_states_the_same_facts_and_speaks_of_nobody_else(facts, language):
    said = describe(facts, language=language, name="Ada", address="you")
    assert said.claims == describe(facts, language=language, name="Ada").claims
    words = said.text.lower().replace("your", "you")
    assert ("你" if language == "zh" else "you") in words or not said.claims
    for other in ("ada", "they", "their", "this user", "本人", "这位用户"):
        assert other not in words


@pytest.mark.parametrize("fact", ALL_GROUPS, ids=lambda fact: fact.tag)
@pytest.mark.parametrize(("language", "you"), [("en", "you"), ("zh", "你")])
def test_each_kind_of_sentence_can_be_said_to_the_user(fact, language, you):
    first = describe([fact], language=language, address="you").text
    assert you in first.lower()
    assert "{" not in first


def test_nothing_to_say_is_admitted_to_the_user_too():
    assert describe([], language="en", address="you").text == (
        "There is too little evidence yet to say what you like."
    )
    assert describe([], language="zh", address="you").text == "线索还太少，暂时说不出你喜欢什么。"
