"""Let one more source into a blend only where users surely gain by it beside all that is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Doubles, Ids
from recommendations.engine.blending import (
    SURE,
    Mixture,
    Slips,
    both_ways,
    gains,
    scales_of,
    search,
)
from recommendations.engine.gate import Gate, judge

# Of the weightiest of the others; the blend is learnt anew with what is let in.
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 4.0)
# Fewer say nothing of how much one differs from another.
LEAST_MOMENTS = 3


@dataclass(frozen=True, slots=True)
class LetIn:
    """The sources that earn their place, what each decision rests on, and how many were tried."""

    names: list[str]
    gates: dict[str, Gate]
    tries: int


def let_in(
    slips: Slips,
    names: Sequence[str],
    asked: Sequence[str],
    users: Ids,
    *,
    moments: Ids | None = None,
) -> LetIn:
    """Say which of the sources `asked` about earn their place, one after the other.

    The blend of the others, and then the weight and scale of one more beside it, are learnt on one
    half of the users and measured on the other, both ways round. What is let in is one of the
    others for those that come after it, so that of two that say the same only one is.

    Where the rows are of several moments, it must gain over moments, too, and not by one of them:
    what is in vogue at a moment is so for everybody, so that all users of it agree by chance.

    Shapes: slips of B rows and a source for each of the names; users and moments (B,), whose row
    it is, and of when.
    """
    kept, gates, tries = [name for name in names if name not in asked], dict[str, Gate](), 0
    parts = both_ways(users)
    blends: list[Mixture] | None = None
    for name in asked:
        others = slips.named(names, kept)
        if blends is None:
            found = [search(others.some(learnt), kept) for learnt, _ in parts]
            blends, tries = [one for one, _ in found], tries + sum(more for _, more in found)
        both = slips.named(names, [*kept, name])
        without, gained = np.zeros(len(users)), np.zeros(len(users))
        for blend, (learnt, judged) in zip(blends, parts, strict=True):
            without[judged] = gains(others.some(judged), blend)
            gained[judged] = gains(both.some(judged), _with_one(both.some(learnt), blend, name))
        tries += len(parts) * len(SHARES) * len(scales_of(name))
        gates[name] = _judged(gained, without, moments)
        if gates[name].is_open:
            kept, blends = [*kept, name], None
    return LetIn([name for name in asked if name in kept], gates, tries)


def _judged(gained: Doubles, without: Doubles, moments: Ids | None) -> Gate:
    """Judge by users, and widen the interval to that of the means over moments."""
    gate = judge(gained, without)
    level = float(without.mean())
    if moments is None or level <= 0 or (count := len(np.unique(moments))) < LEAST_MOMENTS:
        return gate
    rows = np.bincount(moments)
    means = (np.bincount(moments, gained - without)[rows > 0] / rows[rows > 0]) / level
    mean, reach = float(means.mean()), SURE * float(means.std(ddof=1)) / float(np.sqrt(count))
    low, high = min(gate.low, mean - reach), max(gate.high, mean + reach)
    return replace(gate, is_open=low > 0, low=round(low, 5), high=round(high, 5))


def _with_one(slips: Slips, blend: Mixture, name: str) -> Mixture:
    """Weigh the last of the sources as is best for these users, leaving the blend of the others."""
    heaviest = max(blend.weights)
    tried = [
        Mixture((*blend.weights, share * heaviest), (*blend.scales, scale))
        for scale in scales_of(name)
        for share in SHARES
    ]
    merits = [float(gains(slips, one).mean()) for one in tried]
    return tried[int(np.argmax(merits))]
