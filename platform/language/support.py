"""Figures about descriptions: how much of them is supported, and whether they tell users apart."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from language.claims_check import check, claims_of
from language.write import Fact


@dataclass(frozen=True, slots=True)
class Support:
    """How many claims some descriptions make, and how many of them a fact supports.

    `problems` counts the others by what is wrong with them; words that are in no fact are one
    claim each time they stand together.
    """

    claims: int
    supported: int
    problems: dict[str, int]

    @property
    def share(self) -> float:
        """The share of claims that are supported, in [0, 1]; 1 where nothing is claimed."""
        return self.supported / self.claims if self.claims else 1.0


def supported_share(
    descriptions: Sequence[str],
    facts: Sequence[Sequence[Fact]],
    *,
    language: str,
    names: Sequence[str | None] | None = None,
    lifted: Collection[str] = (),
    others: Collection[str] = (),
) -> Support:
    """Read each description back and check its claims against the facts of the same user.

    `names` are the users', in the same order, where descriptions call them by name; `others`
    names of tags that are nobody's facts here. Raises ValueError where the lengths differ.
    """
    called = list(names) if names is not None else [None] * len(descriptions)
    claims = supported = 0
    problems: Counter[str] = Counter()
    for text, own, name in zip(descriptions, facts, called, strict=True):
        read = check(text, own, language=language, name=name, lifted=lifted, others=others)
        found = [claim for sentence in read for claim in sentence.claims]
        claims += len(found)
        supported += sum(claim.problem is None for claim in found)
        problems.update(str(claim.problem) for claim in found if claim.problem)
    return Support(claims, supported, dict(problems))


def pick_user(
    description: str, candidates: Sequence[Sequence[Fact]], *, language: str
) -> int | None:
    """Return which of `candidates` a description is about, or None where two fit it equally well.

    The claims that can be read in the text are compared with each candidate's facts, those that
    fewer candidates share counting more:

        score = sum over claims of  polarity * opinion(tag) * weight(tag) ** 2
                / sqrt(sum over opinions of  (opinion(tag) * weight(tag)) ** 2)

    where an opinion is a fact's polarity times its strength, and weight = log(1 + N / n) of N
    candidates, n of which have an opinion of the tag. It orders candidates as the cosine of two
    signed, weighted sets of tags does.
    """
    opinions = [{fact.tag: fact.polarity * fact.strength for fact in facts} for facts in candidates]
    counts = Counter(tag for each in opinions for tag in each)
    claims = dict(claims_of(description, list(counts), language=language))
    weights = {tag: math.log(1 + len(candidates) / count) for tag, count in counts.items()}
    scores = [_alike(claims, each, weights) for each in opinions]
    if not scores:
        return None
    best = max(scores)
    winners = [place for place, score in enumerate(scores) if math.isclose(score, best)]
    return winners[0] if len(winners) == 1 and best > 0 else None


def _alike(claims: dict[str, int], opinions: dict[str, float], weights: dict[str, float]) -> float:
    shared = sum(
        polarity * opinions[tag] * weights[tag] ** 2
        for tag, polarity in claims.items()
        if tag in opinions
    )
    length = math.sqrt(sum((opinion * weights[tag]) ** 2 for tag, opinion in opinions.items()))
    return shared / length if length else 0.0
