"""Put a portrait into words by template: every claim is a fact that was given, and no other."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from language.lexicon import load_words

VERSION = "template-3"

STRONG = 0.6
_MOST = {
    "strong": 5,
    "declared": 5,
    "mild": 4,
    "praised": 3,
    "blamed": 3,
    "dislikes": 4,
    "latent": 3,
}
_WORDS = load_words("portrait")
_HAN_LATIN = re.compile(r"(?<=[㐀-鿿])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9)])(?=[㐀-鿿])")
_APART = " · "  # between the words of a name that is no phrase


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a user, as the writer needs it.

    `level` is declared, observed, inferred or latent. Units: polarity 1 or -1; strength and
    confidence in [0, 1].
    """

    tag: str
    polarity: int
    strength: float
    level: str
    parent: str | None = None
    is_aspect: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """What one sentence is to say: `facts`, and in a sentence of both sides what is blamed.

    `kind` is a key of `words/portrait.toml`: strong, declared, mild, praised, blamed, both,
    dislikes or latent.
    """

    kind: str
    facts: tuple[Fact, ...]
    blamed: tuple[Fact, ...] = ()

    @property
    def tags(self) -> list[str]:
        """The tags that the sentence speaks of, in order."""
        return [fact.tag for fact in (*self.facts, *self.blamed)]


@dataclass(frozen=True, slots=True)
class Written:
    """A description, the (tag, polarity) pairs it states, and the parts it says in order."""

    text: str
    claims: list[tuple[str, int]]
    parts: list[Part]


def describe(
    facts: Sequence[Fact],
    *,
    language: str,
    name: str | None = None,
    address: Literal["they", "you"] = "they",
    said: Mapping[str, str] | None = None,
) -> Written:
    """Word `facts` in two to five sentences, strongest first; Chinese for "zh", else English.

    With `address` "you" they are said to the user, who is then not named; else about the user.
    The same facts always give the same words. Latent facts are said to be guesses, and latent
    dislikes are left unsaid. Where there is nothing to say, one sentence says that. `said` has
    checked sentences by kind, to stand in place of the template's.
    """
    spoken = "zh" if language == "zh" else "en"
    words = _WORDS[spoken]
    if address == "you":
        words, name = {**words, **_WORDS[f"{spoken}_you"]}, None
    parts = plan(facts)
    claims = [(fact.tag, fact.polarity) for part in parts for fact in (*part.facts, *part.blamed)]
    speaker = _Speaker(words, name or words["nobody"], _seed([tag for tag, _ in claims], name))
    sentences = [speaker.say(part, (said or {}).get(part.kind)) for part in parts]
    if not sentences:
        return Written(_tidy(words["empty"].format(**speaker.agreement())), [], [])
    if len(sentences) == 1:
        sentences.append(words["thin"])
    return Written(_tidy(words["stop"].join(sentences)), claims, parts)


def plan(facts: Sequence[Fact]) -> list[Part]:
    """Return what to say of `facts`, a sentence each, at most five; nothing is said twice."""
    groups = {kind: tuple(found) for kind, found in _grouped(facts).items()}
    parts = [Part(kind, groups[kind]) for kind in ("strong", "declared", "mild") if groups[kind]]
    if groups["praised"] and groups["blamed"]:
        parts.append(Part("both", groups["praised"], groups["blamed"]))
    else:
        parts += [Part(kind, groups[kind]) for kind in ("praised", "blamed") if groups[kind]]
    return parts + [Part(kind, groups[kind]) for kind in ("dislikes", "latent") if groups[kind]]


def _grouped(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    """Sort the facts into what each sentence will say, strongest first and cut to length."""
    groups: dict[str, list[Fact]] = {kind: [] for kind in _MOST}
    seen: set[tuple[str, int]] = set()
    for fact in sorted(facts, key=_rank):
        kind = _kind(fact)
        if kind and (fact.tag, fact.polarity) not in seen and len(groups[kind]) < _MOST[kind]:
            seen.add((fact.tag, fact.polarity))
            groups[kind].append(fact)
    if groups["strong"] and groups["declared"]:
        groups["mild"] = []  # a sixth sentence would be one too many
    return groups


def _rank(fact: Fact) -> tuple[float, float, str]:
    """Strongest first, then the surest. Strength is how far the user differs from everybody."""
    return -fact.strength, -fact.confidence, fact.tag


def _kind(fact: Fact) -> str | None:
    """Return the group that says `fact`, or None for a guess that somebody dislikes something."""
    if fact.level == "latent":
        return "latent" if fact.polarity > 0 and not fact.is_aspect else None
    if fact.is_aspect:
        return "praised" if fact.polarity > 0 else "blamed"
    if fact.polarity < 0:
        return "dislikes"
    if fact.level == "declared":
        return "declared"
    return "strong" if fact.strength >= STRONG else "mild"


class _Speaker:
    """Fills templates, naming the user once and going on with a pronoun, or with nothing."""

    def __init__(self, words: dict[str, Any], name: str, seed: int) -> None:
        self.words = words
        self.name = name
        self.seed = seed
        self.is_named = False

    def say(self, part: Part, said: str | None = None) -> str:
        if said is not None:
            return self._repeat(said)
        kind = part.kind
        opens = f"{kind}_first"
        templates = self.words[kind if self.is_named or opens not in self.words else opens]
        template = templates[(self.seed + len(kind)) % len(templates)]
        blamed = part.blamed or (part.facts if kind == "blamed" else ())
        filled: str = template.format(
            x=self._listed(part.facts),
            y=self._listed(blamed),
            **self.agreement(starts=template.startswith("{who}")),
        )
        self.is_named = self.is_named or "{who}" in template
        return filled[:1].upper() + filled[1:] if self.words["again"] else filled

    def _repeat(self, said: str) -> str:
        """Return a sentence that was written elsewhere, with its subject where it has none."""
        if self.words["again"] or self.is_named:  # Chinese names the subject once, at the start
            self.is_named = True
            return said
        self.is_named = True
        return f"{self.name}{said}"

    def agreement(self, *, starts: bool = True) -> dict[str, str]:
        """Return the subject and what agrees with it: a name is one, "they" are many."""
        if self.is_named:
            again = self.words["again"]
            who = again if starts else again.lower()
            return {"who": who, "is": "are", "has": "have", "s": ""}
        return {"who": self.name, "is": "is", "has": "has", "s": "s"}

    def _listed(self, facts: Sequence[Fact]) -> str:
        """Return the tags as a list in words, a child beside its parent where both are facts."""
        tags = {fact.tag for fact in facts}
        # Only one level deep: a grandchild stands beside its grandparent, not inside a bracket.
        roots = {fact.tag for fact in facts if fact.parent not in tags}
        children: dict[str, list[str]] = {}
        for fact in facts:
            if fact.parent in roots and fact.tag not in roots:
                children.setdefault(str(fact.parent), []).append(fact.tag)
        nested = {tag for group in children.values() for tag in group}
        heads = [fact.tag for fact in facts if fact.tag not in nested]
        return self._joined([self._with_children(tag, children.get(tag, [])) for tag in heads])

    def _with_children(self, tag: str, children: list[str]) -> str:
        shown = self._shown(tag)
        if not children:
            return shown
        within: str = self.words["within"]
        return within.format(parent=shown, children=self._joined(list(map(self._shown, children))))

    def _shown(self, tag: str) -> str:
        """Return the tag, between marks where it is several words set side by side."""
        return str(self.words["blend"]).format(x=tag) if _APART in tag else tag

    def _joined(self, parts: list[str]) -> str:
        if len(parts) < 2:
            return "".join(parts)
        return str(self.words["comma"].join(parts[:-1]) + self.words["and"] + parts[-1])


def _seed(tags: list[str], name: str | None) -> int:
    digest = hashlib.sha256("\n".join([name or "", *sorted(tags)]).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _tidy(text: str) -> str:
    """Put a space between Chinese and Latin letters, as careful typesetting does."""
    return _HAN_LATIN.sub(" ", text).strip()
