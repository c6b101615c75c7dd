from hypothesis import given
from hypothesis import strategies as st

from language.clauses import GLANCE, GLANCE_ELSEWHERE, passages
from language.sentiment import sentiment_of
from profiles.modelling.quotes import (
    FITTING,
    FITTING_ELSEWHERE,
    Judged,
    Passage,
    Review,
    quote_of,
)

CRIME, ACTING = 900, 901


def review(
    text: str,
    *judged: Judged,
    raw: str | None = None,
    language: str = "en",
    read: tuple[float, ...] = (),
) -> Review:
    """A review to quote from; `read` is what a head says of its passages, in order."""
    spans = passages(text, language)
    told = read or (None,) * len(spans)
    return Review(
        text=text,
        raw=text if raw is None else raw,
        language=language,
        passages=tuple(
            Passage(span.start, span.end, felt) for span, felt in zip(spans, told, strict=True)
        ),
        judged=judged,
    )


def quote(of: Review, *, tag: int = CRIME, polarity: int = 1, names: tuple[str, ...] = ()) -> str:
    return quote_of(of, tag=tag, names=names, polarity=polarity, feel=sentiment_of)


def test_the_clause_that_judges_the_tag_is_quoted_and_not_its_neighbour():
    text = "The acting is superb, but it drags on and on."
    found = review(text, Judged(0, 20, ACTING, 0.8))
    assert quote(found, tag=ACTING) == "The acting is superb"


def test_praise_is_not_quoted_for_a_dislike_of_the_same_aspect():
    text = "The acting is superb at first. Later the acting is awful and dull."
    found = review(text, Judged(0, 29, ACTING, 0.8), Judged(31, 65, ACTING, -0.8))
    assert quote(found, tag=ACTING, polarity=-1) == text[31:65]


def test_the_sentence_that_sounds_like_the_statement_is_told_first():
    text = "A wonderful, brilliant and moving book. The binding is broken and terrible, alas."
    assert quote(review(text)).startswith("A wonderful")
    assert quote(review(text), polarity=-1).startswith("The binding")


def test_of_like_sentences_the_one_that_names_the_tag_is_told():
    text = "I read it twice in a week on trains. The crime is at its heart and so is the city."
    assert quote(review(text), names=("Crime", "罪案")).startswith("The crime")


def test_words_that_are_not_in_the_raw_text_are_not_quoted():
    text = "Write to [email]. A wonderful book all the same."
    found = review(text, raw="Write to a@b.example. A wonderful book all the same.")
    assert quote(found, polarity=-1) == "A wonderful book all the same."
    assert quote(review("Write to [email].", raw="Write to a@b.example.")) == ""


def test_chinese_sentences_are_quoted_whole():
    text = "文笔优美动人。结局令人失望。"
    assert quote(review(text, language="zh"), polarity=-1) == "结局令人失望。"


IRONIC = "Oh great, a wonderful brilliant mess. It broke my heart and I cried for days, alas."


def test_what_a_head_reads_in_a_passage_goes_before_the_lexicon():
    assert quote(review(IRONIC)).startswith("Oh great")
    assert quote(review(IRONIC, read=(-0.9, 0.8))).startswith("It broke")
    assert quote(review(IRONIC, read=(-0.9, 0.8)), polarity=-1).startswith("Oh great")


def test_words_that_a_head_clearly_reads_the_other_way_are_not_quoted():
    assert quote(review(IRONIC, read=(-0.9, -0.4))) == ""
    assert quote(review("It is what it is.", read=(-0.9,))) == ""
    assert quote(review("It is what it is.", read=(-0.2,))) == "It is what it is."


def test_of_clauses_on_the_tag_the_one_that_the_head_is_surest_of_is_told():
    text = "The acting is superb and wonderful, he said. The acting carried me away."
    found = review(text, Judged(0, 44, ACTING, 0.3), Judged(45, 72, ACTING, 0.9))
    assert quote(found, tag=ACTING) == text[45:72]


def test_what_fits_is_what_passages_are_cut_for():
    assert {language: longest for language, (_, longest) in FITTING.items()} == GLANCE
    assert FITTING_ELSEWHERE[1] == GLANCE_ELSEWHERE


TEXTS = st.text(st.sampled_from("ab .,!?;。，但 \n"), max_size=400)


@given(TEXTS, TEXTS, st.sampled_from([1, -1]), st.sampled_from(["en", "zh"]))
def test_a_quote_always_stands_in_the_text_and_in_the_raw_text(text, raw, polarity, language):
    found = quote(review(text, raw=raw, language=language), polarity=polarity)
    assert found in text
    assert not raw or found in raw
