from dataclasses import dataclass

import pytest

from language.aspects import ASPECTS, for_scenario
from language.match import Matcher
from language.read import Heads, read
from language.safety import safety_of


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(
        {a.key: [w for words in a.words.values() for w in words] for a in for_scenario("reading")}
    )


def judged(matcher, text: str, language: str) -> dict[str, tuple[str, int]]:
    (reading,) = read([text], [language], matcher)
    return {
        a.key: (text[a.start : a.end], (a.polarity > 0.05) - (a.polarity < -0.05))
        for a in reading.aspects
    }


def test_each_aspect_takes_the_polarity_of_its_own_clause(matcher):
    text = "The characters are wonderful, but the ending is a boring mess."
    assert judged(matcher, text, "en") == {
        "characters": ("The characters are wonderful", 1),
        "ending": ("but the ending is a boring mess.", -1),
    }


def test_chinese_aspects_are_quoted_by_clause(matcher):
    assert judged(matcher, "文笔优美，可惜节奏拖沓，翻译生硬。", "zh") == {
        "writing": ("文笔优美", 1),
        "pacing": ("可惜节奏拖沓", -1),
        "translation": ("翻译生硬。", -1),
    }


def test_a_stronger_sentiment_is_trusted_more(matcher):
    weak, strong, none = read(
        ["Fine.", "A wonderful, brilliant masterpiece!", "Page 3."], ["en"] * 3, matcher
    )
    assert 0 == none.confidence < weak.confidence < strong.confidence <= 1


def test_insults_lower_safety_and_hard_words_about_a_book_do_not():
    assert safety_of("A brutal, violent and sad book about murder.") == 1.0
    assert safety_of("You idiot.") == pytest.approx(0.65)
    assert safety_of("你这个傻逼，去死") == pytest.approx(0.2 * 0.2)


def test_every_aspect_has_names_and_words_in_both_languages():
    for aspect in ASPECTS:
        assert set(aspect.names) == set(aspect.words) == {"en", "zh"}
        assert all(aspect.words.values())


def test_an_unknown_scenario_knows_every_aspect():
    assert for_scenario("gardening") == ASPECTS
    assert "acting" in {aspect.key for aspect in for_scenario("video")}
    assert "acting" not in {aspect.key for aspect in for_scenario("travel")}


@dataclass(frozen=True)
class Sure:
    """A head that is as sure of every clause as it is told."""

    yes: float

    def judge(self, texts, languages, parts=None):
        return [Sentence(0.9, [self.yes] * len(each)) for each in parts or [()] * len(texts)]

    def knows(self, language):
        return language == "zh"


@dataclass(frozen=True)
class Sentence:
    whole: float
    parts: list[float]


@pytest.mark.parametrize(
    ("yes", "polarity"), [(0.66, 0.32), (0.64, 0.0), (0.5, 0.0), (0.36, 0.0), (0.2, -0.6)]
)
def test_a_head_leaves_open_what_it_is_not_sure_of(yes, polarity):
    (found,) = read(
        ["The acting, well."], ["en"], Matcher({"acting": ["acting"]}), Heads(Sure(yes))
    )
    assert found.sentiment == pytest.approx(0.8)
    assert [one.polarity for one in found.aspects] == [pytest.approx(polarity)]


def test_safety_is_left_to_the_lexicon_in_a_language_that_the_head_never_learnt():
    texts, languages = ["A quiet film.", "剧情很好", "You idiot."], ["en", "zh", "en"]
    head, lexicon = (
        [one.safety for one in read(texts, languages, Matcher({}), heads)]
        for heads in (Heads(safety=Sure(0.9)), Heads())
    )
    assert head == [lexicon[0], pytest.approx(0.1), lexicon[2]]
    assert lexicon[2] < 1


class ByWord:
    """A head that likes what says "fine", in each text and in each part."""

    def judge(self, texts, languages, parts):
        felt = {True: 0.9, False: 0.2}
        return [
            Sentence(0.6, [felt["fine" in text[span.start : span.end]] for span in each])
            for text, each in zip(texts, parts, strict=True)
        ]

    def knows(self, language):
        return True


def test_a_head_tells_of_each_passage_and_the_lexicon_of_none():
    texts = ["The acting is fine. It is long, though.", "It is fine."]
    matcher = Matcher({"acting": ["acting"]})
    two, one = read(texts, ["en"] * 2, matcher, Heads(ByWord()))
    assert [(texts[0][p.start : p.end], p.polarity) for p in two.passages] == [
        ("The acting is fine.", pytest.approx(0.8)),
        ("It is long, though.", pytest.approx(-0.6)),
    ]
    assert [found.polarity for found in two.aspects] == [pytest.approx(0.8)]
    # What is all of a text is read as the text is.
    assert [(p.start, p.end, p.polarity) for p in one.passages] == [(0, 11, one.sentiment)]
    assert [found.passages for found in read(texts, ["en"] * 2, matcher)] == [None, None]
