"""Read generated sentences back, and keep only what the facts they were made from support.

A sentence is taken apart into tags, words of taste, negations, hedges and glue
(`language.pieces`). Each tag in it is a claim with the polarity that the sentence gives it. The
vocabulary is closed: a word in no list and no fact is a claim that nothing supports. So a
sentence passes only where all of it could be read, which errs on the side of the template.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from language.clauses import sentences
from language.lexicon import load_words
from language.pieces import Kind, Piece, TagFinder, pieces_of
from language.sensitive import find_sensitive
from language.write import Fact

VERSION = "check-2"

_EDGE = " \t\n.。!！?？"
_SUBJECTS = ("this user", "they", "you", "这位用户", "用户", "你", "")
_REACH = 4  # pieces back from a word of taste that a negation is looked for
_CUES = {
    Kind.LIKES: (1, False),
    Kind.DISLIKES: (-1, False),
    Kind.LIKES_BEFORE: (1, True),
    Kind.DISLIKES_BEFORE: (-1, True),
}


def _neutral_sentences() -> frozenset[str]:
    """Return the template's sentences that say how much is known, and nothing of the user."""
    portraits = load_words("portrait").values()
    thin = [words["thin"] for words in portraits if "thin" in words]
    empty = [
        words["empty"].format(who=who, s=ending)
        for words in portraits
        for who in _SUBJECTS
        for ending in ("", "s")
    ]
    return frozenset(sentence.strip(_EDGE).lower() for sentence in (*thin, *empty))


_NEUTRAL = _neutral_sentences()


class Problem(StrEnum):
    """Why a claim does not stand."""

    UNMATCHED = "unmatched"  # no fact speaks of this
    CONTRADICTED = "contradicted"  # the fact says the opposite
    UNCLEAR = "unclear"  # liked or disliked could not be told
    UNHEDGED = "unhedged"  # a guess said as a fact
    UNSAID = "unsaid"  # told as the user's own words, which it is not
    UNREVIEWED = "unreviewed"  # told as written in reviews, which it was not
    SENSITIVE = "sensitive"  # a topic that no portrait speaks of


@dataclass(frozen=True, slots=True)
class Claim:
    """A tag, or words that are none, and what a sentence says of it.

    Units: polarity 1 or -1; 0 where that could not be told.
    """

    tag: str
    polarity: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as written, and its claims. It is supported where every claim is."""

    text: str
    claims: list[Claim] = field(default_factory=list)
    is_neutral: bool = False  # it says how much is known, and nothing of the user

    @property
    def problems(self) -> list[Problem]:
        return [claim.problem for claim in self.claims if claim.problem]

    @property
    def is_supported(self) -> bool:
        """Whether it may stay: it says nothing that no fact says, and something at all."""
        return self.is_neutral or (bool(self.claims) and not self.problems)


def check(
    text: str,
    facts: Sequence[Fact],
    *,
    language: str,
    name: str | None = None,
    lifted: Collection[str] = (),
    others: Collection[str] = (),
) -> list[Sentence]:
    """Return the sentences of `text`, each with its claims and what is wrong with them.

    `name` is the user's, which is no claim; `lifted` the sensitive topics that the workspace
    lets through; `others` names of tags that are no facts, to be told by name where the text
    makes them up.
    """
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        by_name.setdefault(fact.tag, []).append(fact)
    finder = TagFinder([*by_name, *others])
    return [
        _judged(sentence, by_name, finder, language, name, lifted)
        for sentence in _sentences(text, language, finder, name)
    ]


def _sentences(text: str, language: str, finder: TagFinder, name: str | None) -> list[str]:
    """Return the sentences of a text. None ends within a name, such as J. R. R. Tolkien's."""
    whole = [(start, end) for start, (end, _) in finder.find(text).items()]
    if name:
        whole += [found.span() for found in re.finditer(re.escape(name), text)]
    joined: list[tuple[int, int]] = []
    for span in sentences(text, language):
        if joined and any(start < span.start < end for start, end in whole):
            joined[-1] = (joined[-1][0], span.end)
        else:
            joined.append((span.start, span.end))
    return [text[start:end] for start, end in joined]


def _judged(
    sentence: str,
    facts: dict[str, list[Fact]],
    finder: TagFinder,
    language: str,
    name: str | None,
    lifted: Collection[str],
) -> Sentence:
    read = _unnamed(sentence, name, language)
    if read.strip(_EDGE).lower() in _NEUTRAL:
        return Sentence(sentence, is_neutral=True)
    pieces = pieces_of(read, language, finder)
    kinds = {piece.kind for piece in pieces}
    claims = [
        Claim(tag, polarity, _problem(polarity, facts.get(tag, []), kinds))
        for tag, polarity in _polarities(pieces)
    ]
    unknown = [piece.text for piece in pieces if piece.kind is Kind.UNKNOWN]
    claims += [Claim(words, 0, Problem.UNMATCHED) for words in unknown]
    hits = find_sensitive(read, language, lifted)
    claims += [Claim(read[hit.start : hit.end], 0, Problem.SENSITIVE) for hit in hits]
    return Sentence(sentence, claims)


def _unnamed(sentence: str, name: str | None, language: str) -> str:
    if not name:
        return sentence
    if language == "zh":
        return re.sub(rf" ?{re.escape(name)} ?", "用户", sentence)
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "they", sentence)


def _problem(polarity: int, facts: list[Fact], kinds: set[Kind]) -> Problem | None:
    """Return what is wrong with a claim, given the facts about its tag and its sentence."""
    if not facts:
        return Problem.UNMATCHED
    if not polarity:
        return Problem.UNCLEAR
    agreeing = [fact for fact in facts if fact.polarity == polarity]
    if not agreeing:
        return Problem.CONTRADICTED
    levels = {fact.level for fact in agreeing}
    if levels == {"latent"} and (Kind.HEDGE not in kinds or polarity < 0):
        return Problem.UNHEDGED
    if Kind.SAID in kinds and "declared" not in levels:
        return Problem.UNSAID
    is_read = "inferred" in levels or any(fact.is_aspect for fact in agreeing)
    return Problem.UNREVIEWED if Kind.REVIEWED in kinds and not is_read else None


@dataclass(slots=True)
class _Clause:
    """What has been read of a clause: the taste that holds, and the tags that wait for one."""

    taste: int | None = None
    is_inherited: bool = False
    is_contrast: bool = False  # "but ..."
    is_turned: bool = False  # a negation that no word of taste has used up: "not gore"
    is_hanging: bool = False  # a negation behind which nothing has come yet
    waiting: list[int] = field(default_factory=list)  # places of tags before any taste
    ruled: list[int] = field(default_factory=list)  # places of tags since the last word of taste


def _polarities(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    """Return each tag of a sentence with the polarity it is given, 0 where that is not clear.

    A word of taste rules the tags behind it, until another one or the end of the clause; one
    such as "bores them" rules those before it. A clause without one goes on with the taste of
    the clause before, turned by a bare negation ("but not gore"); behind a contrast without
    such a negation it is unclear.
    """
    found: dict[int, int] = {}
    clause = _Clause()
    for place, piece in enumerate(pieces):
        if piece.kind in (Kind.STOP, Kind.CONTRAST, Kind.TOWARDS):
            _close(clause, found)
            clause = _next_clause(clause, piece.kind)
        elif piece.kind is Kind.TAG:
            _meet_tag(clause, found, place)
        elif piece.kind in _CUES:
            _meet_taste(clause, found, pieces, place)
        elif piece.kind is Kind.NEGATION:
            clause.is_turned = clause.is_hanging = True
        elif piece.kind is Kind.EXCEPT and clause.taste is not None:
            clause.taste, clause.ruled, clause.is_inherited = -clause.taste, [], False
    _close(clause, found)
    return [(pieces[place].tag, found[place]) for place in sorted(found)]


def _next_clause(before: _Clause, kind: Kind) -> _Clause:
    if kind is Kind.TOWARDS:
        return _Clause()
    is_fresh = before.is_inherited and not before.ruled and not before.waiting
    return _Clause(
        taste=before.taste,
        is_inherited=True,
        is_contrast=kind is Kind.CONTRAST or (is_fresh and before.is_contrast),
        is_turned=is_fresh and before.is_turned,
    )


def _meet_tag(clause: _Clause, found: dict[int, int], place: int) -> None:
    clause.is_hanging = False
    is_open = clause.is_inherited and clause.is_contrast and not clause.is_turned
    if clause.taste is None or is_open:
        found[place] = 0
        clause.waiting.append(place)
        return
    found[place] = -clause.taste if clause.is_turned else clause.taste
    clause.ruled.append(place)


def _meet_taste(
    clause: _Clause, found: dict[int, int], pieces: Sequence[Piece], place: int
) -> None:
    polarity, is_behind = _CUES[pieces[place].kind]
    polarity *= _turn(pieces, place)
    if is_behind and clause.waiting:
        found.update(dict.fromkeys(clause.waiting, polarity))
        clause.waiting = []
    elif is_behind:
        found.update(dict.fromkeys(clause.ruled, 0))  # which of the two words rules them?
    clause.taste, clause.ruled = polarity, []
    clause.is_inherited = clause.is_turned = clause.is_hanging = False


def _turn(pieces: Sequence[Piece], place: int) -> int:
    """Return -1 where a negation stands shortly before, 0 where two do, else 1."""
    turns = 0
    for piece in reversed(pieces[max(0, place - _REACH) : place]):
        if piece.kind not in (Kind.NEGATION, Kind.GLUE, Kind.FILLER, Kind.HEDGE):
            break
        turns += piece.kind is Kind.NEGATION
    return (1, -1)[turns] if turns < 2 else 0


def _close(clause: _Clause, found: dict[int, int]) -> None:
    """End a clause. Tags that wait get the taste that ended it: "noir is what they love".

    What a negation hangs behind is unclear: "they like noir, gore not so much".
    """
    if clause.is_hanging:
        found.update(dict.fromkeys(clause.ruled, 0))
    if clause.taste is not None and not clause.ruled and not clause.is_inherited:
        found.update(dict.fromkeys(clause.waiting, clause.taste))
