"""Figures about descriptions: how much of what they claim is supported."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from language.claims_check import check
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
