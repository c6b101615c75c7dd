"""Have a generator put a portrait into words, and keep of it only what the check supports.

It is asked for one sentence at a time, each about a few tags of one kind. A sentence that states
those tags and nothing else takes the place of the template's, which stands wherever one does
not: so the description says the same as the template, in words that may be better.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from language.claims_check import VERSION as CHECK_VERSION
from language.claims_check import Claim, Sentence, check
from language.generate import Generator
from language.lexicon import load_words
from language.write import VERSION as TEMPLATE_VERSION
from language.write import Fact, Part, Written, describe, plan

VERSION = f"phrasing-1+{CHECK_VERSION}+{TEMPLATE_VERSION}"

How = Literal["generator", "mixed", "template"]
MOST_TOKENS = 64
LEAST_CLAIMS = 2  # with fewer of the generator's own, the template writes all of it
_EXAMPLES = load_words("phrasing")
_TO_YOU = {
    "they": "you",
    "them": "you",
    "their": "your",
    "themselves": "yourself",
    "theirs": "yours",
}
_THEY = re.compile(r"\b(they|them|their|themselves|theirs)(?=\b)", re.I)


@dataclass(frozen=True, slots=True)
class Said:
    """A generated sentence that passed, and the tags it was asked for, in order."""

    kind: str
    tags: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a generator made of a portrait.

    `said` are the sentences that may stand, those known before among them; `asked` how many it
    was asked for, and `passed` how many of these may stand; `claims` and `supported` count what
    its sentences claimed before anything was removed; `problems` says why they were refused.
    """

    said: list[Said] = field(default_factory=list)
    asked: int = 0
    passed: int = 0
    claims: int = 0
    supported: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    tokens: int = 0


def attempt(
    facts: Sequence[Fact],
    generator: Generator,
    *,
    language: str,
    lifted: Collection[str] = (),
    known: Sequence[Said] = (),
) -> Attempt:
    """Ask `generator` for the sentences of a portrait, and check each one.

    `known` are sentences that passed before: those about the same tags are not asked for again.
    Nothing is asked in a language that the generator does not write. Raises GeneratorAwayError
    where it cannot be reached.
    """
    said = fitting(known, facts, language=language, lifted=lifted)
    if language not in generator.languages:
        return Attempt(said)
    have = {each.kind for each in said}
    wanted = [part for part in plan(facts) if part.kind not in have]
    prompts = [prompt_for(part, language) for part in wanted]
    made = generator.complete(prompts, max_tokens=MOST_TOKENS) if prompts else []
    problems: Counter[str] = Counter()
    found: list[Claim] = []
    for part, completion in zip(wanted, made, strict=True):
        text = _joined(completion.text, part, language)
        sentences = check(text, facts, language=language, lifted=lifted)
        found += [claim for sentence in sentences for claim in sentence.claims]
        if refusal := _refusal(part, sentences):
            problems.update(refusal)
        else:
            said.append(Said(part.kind, part.tags, text))
    return Attempt(
        said=said,
        asked=len(wanted),
        passed=len(said) - len(have),
        claims=len(found),
        supported=sum(claim.problem is None for claim in found),
        problems=problems,
        tokens=sum(each.tokens for each in made),
    )


def fitting(
    known: Sequence[Said],
    facts: Sequence[Fact],
    *,
    language: str,
    lifted: Collection[str] = (),
) -> list[Said]:
    """Return the sentences of `known` that say just what is to be said of `facts` now."""
    parts = {part.kind: part for part in plan(facts)}
    return [
        each
        for each in known
        if each.kind in parts
        and each.tags == parts[each.kind].tags
        and not _refusal(
            parts[each.kind], check(each.text, facts, language=language, lifted=lifted)
        )
    ]


def compose(
    facts: Sequence[Fact],
    said: Sequence[Said],
    *,
    language: str,
    name: str | None = None,
    address: Literal["they", "you"] = "they",
) -> tuple[Written, How]:
    """Return the description with `said` in place of the template's sentences, and what wrote it.

    Where `said` states fewer than LEAST_CLAIMS, the template writes all of it.
    """
    if sum(len(each.tags) for each in said) < LEAST_CLAIMS:
        said = []
    by_kind = {each.kind: each.text for each in said}
    if address == "you" and language != "zh":
        by_kind = {kind: to_you(text) for kind, text in by_kind.items()}
    written = describe(facts, language=language, name=name, address=address, said=by_kind)
    if not by_kind:
        return written, "template"
    return written, "generator" if len(by_kind) == len(written.parts) else "mixed"


def prompt_for(part: Part, language: str) -> str:
    """Return the prompt for one sentence: the task, examples of its kind, and its tags."""
    words: Mapping[str, Any] = _EXAMPLES["zh" if language == "zh" else "en"]
    comma = "、" if language == "zh" else ", "
    colon = "：" if language == "zh" else ": "
    examples = words[part.kind]
    verb = examples[0][0]
    things = comma.join(fact.tag for fact in part.facts)
    if part.blamed:
        blames = words["blamed"][0][0]
        mark = "；" if language == "zh" else "; "
        things += f"{mark}{blames}{colon}{comma.join(fact.tag for fact in part.blamed)}"
    shown = [
        f"{words['input']} ({verb}){colon}{given}\n{words['output']}{colon}{sentence}\n"
        for verb, given, sentence in examples
    ]
    asked = f"{words['input']} ({verb}){colon}{things}\n{words['output']}{colon}".rstrip()
    return "\n".join([f"{words['task']}\n", *shown, asked])


def to_you(sentence: str) -> str:
    """Turn an English sentence about "them" into one said to "you": the verbs stay as they are."""

    def turned(found: re.Match[str]) -> str:
        word = _TO_YOU[found[1].lower()]
        return word.capitalize() if found[1][0].isupper() else word

    return _THEY.sub(turned, sentence)


def _joined(text: str, part: Part, language: str) -> str:
    """Return an English sentence with "and" before the last member of its list, and an end."""
    if language == "zh":
        return text if text.endswith("。") else f"{text.rstrip('.')}。"
    last = next((tag for tag in reversed(part.tags) if f", {tag}" in text), None)
    if last is not None and " and " not in text:
        before, _, after = text.rpartition(f", {last}")
        text = f"{before} and {last}{after}"
    return text if text.endswith((".", "!")) else f"{text}."


def _refusal(part: Part, sentences: Sequence[Sentence]) -> list[str]:
    """Return why what was written may not stand for `part`; nothing where it may."""
    if len(sentences) != 1:
        return ["not one sentence"]
    (sentence,) = sentences
    problems = [str(problem) for problem in sentence.problems]
    if not problems and sorted(claim.tag for claim in sentence.claims) != sorted(part.tags):
        problems = ["omits or repeats"]
    return problems or ([] if sentence.is_supported else ["says nothing"])
