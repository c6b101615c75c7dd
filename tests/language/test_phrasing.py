"""The generator here is a table of what to write: what it writes is the test's to choose."""

from collections.abc import Sequence

import pytest

from language.claims_check import check
from language.generate import Completion
from language.lexicon import load_words
from language.phrasing import Said, attempt, compose, fitting, prompt_for, to_you
from language.write import Fact, describe, plan

FACTS = [
    Fact("noir", 1, 0.9, "observed"),
    Fact("satire", 1, 0.8, "observed"),
    Fact("gore", -1, 0.7, "observed"),
    Fact("westerns", 1, 0.6, "latent"),
]
LIKES = "They love noir and satire."
GUESS = "They might also enjoy westerns."


class Writer:
    """Writes the sentence of the first tag that it knows among those asked for."""

    name, revision = "table", "1"

    def __init__(self, sentences: dict[str, str], languages: Sequence[str] = ("en", "zh")) -> None:
        self.sentences = sentences
        self.languages = frozenset(languages)
        self.prompts: list[str] = []

    def complete(
        self, prompts: Sequence[str], *, max_tokens: int, stop: str = "\n"
    ) -> list[Completion]:
        self.prompts += prompts
        asked = [prompt.rstrip().splitlines()[-2] for prompt in prompts]
        return [
            Completion(next((say for tag, say in self.sentences.items() if tag in line), ""), 10)
            for line in asked
        ]


def test_sentences_that_pass_take_the_templates_place():
    made = attempt(FACTS, Writer({"noir": LIKES, "gore": "They avoid gore."}), language="en")
    written, how = compose(FACTS, made.said, language="en")
    template = describe(FACTS, language="en")
    assert how == "mixed"
    assert written.text.startswith(f"{LIKES} They avoid gore. ")
    assert written.claims == template.claims
    assert (made.asked, made.passed, made.tokens) == (3, 2, 30)


def test_a_flipped_polarity_is_counted_and_the_template_speaks_instead():
    writer = Writer({"noir": LIKES, "gore": "They love gore.", "westerns": GUESS})
    made = attempt(FACTS, writer, language="en")
    written, how = compose(FACTS, made.said, language="en")
    assert "love gore" not in written.text
    assert "gore" in written.text
    assert made.problems == {"contradicted": 1}
    assert (made.claims, made.supported, how) == (4, 3, "mixed")


def test_all_sentences_from_the_generator_are_said_to_be():
    writer = Writer({"noir": LIKES, "gore": "They avoid gore.", "westerns": GUESS})
    made = attempt(FACTS, writer, language="en")
    assert compose(FACTS, made.said, language="en")[1] == "generator"


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "They love noir.",  # satire is left out
        "They love noir, noir and satire.",
        "They love noir and satire. They are rich.",
        "They love noir and satire, set in old Paris.",
        "They may be noir and satire.",
    ],
)
def test_a_sentence_that_says_less_more_or_nothing_is_refused(sentence):
    made = attempt(FACTS, Writer({"noir": sentence}), language="en")
    assert made.said == []
    assert compose(FACTS, made.said, language="en") == (describe(FACTS, language="en"), "template")


def test_one_claim_alone_is_too_little_of_the_generators_own():
    said = [Said("dislikes", ["gore"], "They avoid gore.")]
    assert compose(FACTS, said, language="en")[1] == "template"


def test_a_list_gets_its_and_and_a_sentence_its_end():
    made = attempt(FACTS, Writer({"noir": "They love noir, satire"}), language="en")
    assert [each.text for each in made.said] == ["They love noir and satire."]


def test_what_passed_before_is_not_asked_for_again_while_its_tags_stay():
    known = [Said("strong", ["noir", "satire"], LIKES), Said("dislikes", ["horror"], "…")]
    writer = Writer({"westerns": GUESS})
    made = attempt(FACTS, writer, language="en", known=known)
    assert len(writer.prompts) == made.asked == 2  # gore and westerns
    assert made.said[0] == known[0]


def test_a_known_sentence_falls_with_the_fact_that_it_stood_on():
    known = [Said("strong", ["noir", "satire"], LIKES)]
    assert fitting(known, FACTS, language="en") == known
    assert fitting(known, FACTS[1:], language="en") == []
    turned = [Fact("noir", -1, 0.9, "observed"), *FACTS[1:]]
    assert fitting(known, turned, language="en") == []


def test_a_language_that_the_generator_does_not_write_is_not_asked_for():
    writer = Writer({"noir": LIKES}, languages=["en"])
    made = attempt(FACTS, writer, language="zh")
    assert (made.asked, writer.prompts) == (0, [])
    assert compose(FACTS, made.said, language="zh")[1] == "template"


def test_chinese_sentences_get_their_subject_once():
    facts = [Fact("悬疑", 1, 0.9, "observed"), Fact("科幻", 1, 0.8, "observed")]
    facts.append(Fact("恐怖", -1, 0.7, "observed"))
    writer = Writer({"悬疑": "特别喜欢悬疑和科幻。", "恐怖": "往往会避开恐怖"})
    made = attempt(facts, writer, language="zh")
    written, how = compose(facts, made.said, language="zh", name="小林")
    assert (written.text, how) == ("小林特别喜欢悬疑和科幻。往往会避开恐怖。", "generator")
    said, _ = compose(facts, made.said, language="zh", address="you")
    assert said.text.startswith("你特别喜欢悬疑")


def test_the_generators_words_can_be_said_to_the_user():
    assert to_you("They avoid gore; it is not for them, to their taste.") == (
        "You avoid gore; it is not for you, to your taste."
    )
    said = [Said("strong", ["noir", "satire"], LIKES)]
    written, _ = compose(FACTS, said, language="en", address="you")
    assert written.text.startswith("You love noir and satire. ")


def test_prompts_hold_tags_and_examples_and_nothing_of_the_user():
    (part, *_) = plan(FACTS)
    asked = prompt_for(part, "en")
    assert asked.endswith("List (loves): noir, satire\nSentence:")
    assert asked.count("Sentence: ") == 3


def test_a_sentence_of_both_sides_is_asked_for_with_both():
    facts = [
        Fact("acting", 1, 0.9, "inferred", is_aspect=True),
        Fact("pacing", -1, 0.8, "inferred", is_aspect=True),
    ]
    (part,) = plan(facts)
    assert "acting; complains about: pacing\n" in prompt_for(part, "en")
    assert "acting；抱怨：pacing\n" in prompt_for(part, "zh")


def examples():
    for language, lists in load_words("phrasing").items():
        for kind, rows in lists.items():
            if isinstance(rows, list):
                yield from ((language, kind, row) for row in rows)


@pytest.mark.parametrize(("language", "kind", "row"), examples(), ids=lambda each: str(each)[:40])
def test_every_example_that_a_generator_is_shown_would_pass(language, kind, row):
    _, given, sentence = row
    mark, comma = ("；", "、") if language == "zh" else ("; ", ", ")
    sides = [side.split("：" if language == "zh" else ": ")[-1] for side in given.split(mark)]
    level = {"declared": "declared", "latent": "latent"}.get(kind, "inferred")
    facts = [
        Fact(tag, -1 if side or kind in ("blamed", "dislikes") else 1, 0.9, level)
        for side, tags in enumerate(sides)
        for tag in tags.split(comma)
    ]
    (read,) = check(sentence, facts, language=language)
    assert read.problems == []
    assert {claim.tag for claim in read.claims} == {fact.tag for fact in facts}
