"""Many models' opinions brought to one scale, and how much each of them counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.gate import is_sure
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.log import Log
from recommendations.engine.recommender import Recommender
from recommendations.engine.validation import CANDIDATES, Cases, worth_among

STEPS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
PASSES = 4
FOLDS = 4
# A change must gain more than this many standard errors over users, or it is left alone.
SURE = 0.5
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Member:
    """One fitted model, and how the past that it is asked with fades."""

    name: str
    model: Recommender
    history: HistoryConfig = field(default_factory=HistoryConfig)

    def score(self, known: Log, users: Ids) -> Floats:
        """Score every item for some users of a log. Shapes: users (B,); returns (B, I)."""
        return self.model.score(csr_array(histories(known, self.history)[users]))


@dataclass(frozen=True, slots=True)
class Opinions:
    """What every member says of each user's candidates, and where the wanted ones stand.

    Shapes: values (M, B, C), standardised, -inf past a user's last candidate; users and places
    (P,), the row and column of each wanted item; wanted (B,), how many there are.
    """

    values: Floats
    users: Indices
    places: Indices
    wanted: Ids

    def some(self, rows: Indices) -> Self:
        """Keep some of the users, by position."""
        position = np.full(len(self.wanted), -1, dtype=np.intp)
        position[rows] = np.arange(len(rows))
        kept = position[self.users] >= 0
        return replace(
            self,
            values=self.values[:, rows],
            users=position[self.users[kept]],
            places=self.places[kept],
            wanted=self.wanted[rows],
        )

    def gains(self, weights: Sequence[float]) -> Doubles:
        """Return what the ranking by these weights is worth to each user. Shapes: returns (B,)."""
        used = [place for place, weight in enumerate(weights) if weight]
        total = np.zeros(self.values.shape[1:], dtype=np.float32)
        for place in used:
            total += np.float32(weights[place]) * self.values[place]
        return worth_among(total, self.users, self.places, self.wanted)


SomeOpinions = TypeVar("SomeOpinions", bound=Opinions)


def joined(parts: Sequence[SomeOpinions]) -> SomeOpinions:
    """Put the opinions of several validations together, as if they were one."""
    width = max(one.values.shape[2] for one in parts)
    starts = np.cumsum([0, *(len(one.wanted) for one in parts)])[:-1]
    padded = [
        np.pad(
            one.values, ((0, 0), (0, 0), (0, width - one.values.shape[2])), constant_values=-np.inf
        )
        for one in parts
    ]
    rows = [one.users + start for one, start in zip(parts, starts, strict=True)]
    return replace(
        parts[0],
        values=np.concatenate(padded, axis=1),
        users=np.concatenate(rows).astype(np.intp),
        places=np.concatenate([one.places for one in parts]),
        wanted=np.concatenate([one.wanted for one in parts]),
    )


def standardised(cases: Cases, scores: Floats) -> Floats:
    """Bring each user's scores of open items to mean 0 and spread 1; barred ones become 0.

    A member that tells no two items apart says 0 of all. Shapes: scores (B, I); returns (B, I).
    """
    values = np.array(scores, dtype=np.float32)
    rows, items = cases.met.nonzero()
    count = values.shape[1] - np.bincount(rows, minlength=len(values))
    count = np.maximum(count, 1)[:, None]
    barred = np.bincount(rows, values[rows, items], minlength=len(values))
    total = values.sum(axis=1, keepdims=True, dtype=np.float64) - barred[:, None]
    values -= (total / count).astype(np.float32)
    values[rows, items] = 0.0
    spread = np.sqrt(np.einsum("bi,bi->b", values, values, dtype=np.float64)[:, None] / count)
    # What is left of equal scores is a rounding error.
    level = spread <= ROUNDING * np.abs(scores).max(axis=1, keepdims=True, initial=0.0)
    values /= np.where(level, 1.0, spread).astype(np.float32)
    return as_floats(np.where(level, 0.0, values))


def gather_opinions(cases: Cases, scored: Sequence[Floats]) -> Opinions:
    """Keep what the members say of each one's best hundred and of what was wanted.

    An item that no member puts among its first hundred hardly reaches the first twenty of any
    blend. Shapes: scored M tables (B, I), standardised.
    """
    closed = cases.met.nonzero()
    picked = np.zeros(cases.met.shape, dtype=bool)
    count = min(CANDIDATES, picked.shape[1])
    for scores in scored:
        opened = scores.copy()
        opened[closed] = -np.inf
        best = np.argpartition(-opened, count - 1, axis=1)[:, :count]
        np.put_along_axis(picked, best, values=True, axis=1)
    picked[closed] = False
    picked[cases.wanted.nonzero()] = True
    rows, items = np.nonzero(picked)
    place = np.cumsum(picked, axis=1) - 1
    width = int(picked.sum(axis=1).max(initial=0))
    values = np.full((len(scored), len(cases), width), -np.inf, dtype=np.float32)
    for layer, scores in enumerate(scored):
        values[layer, rows, place[rows, items]] = scores[rows, items]
    seekers, wanted = cases.seekers(), cases.wanted.indices
    return Opinions(values, seekers, place[seekers, wanted], cases.counts())


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much each member counts, and what that brings to users it was not learnt from.

    `merit` is the mean worth of rankings to users left out in turn; `alone` that of each member.
    """

    weights: dict[str, float]
    merit: float
    alone: dict[str, float]
    tries: int


def weigh(
    opinions: Opinions, names: Sequence[str], *, seed: int = 0, groups: Ids | None = None
) -> Weighed:
    """Learn the weights by folds of users, and average what the folds found.

    Each fold's weights are learnt on all the other users and measured on its own; their mean
    errs less than any one of them. A member that no fold wants has weight 0. Rows of one group,
    where given, are those of one user, and stay in one fold. Shapes: groups (B,).
    """
    rows = np.arange(len(opinions.wanted))
    named, place = (rows, rows) if groups is None else np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(named))
    found, gained, tries = [], [], 0
    for fold in range(FOLDS):
        judged = rows[np.isin(place, order[fold::FOLDS])]
        learnt = np.setdiff1d(rows, judged)
        if len(judged) and len(learnt):
            weights, more = climb(opinions.some(learnt))
            gained.append(opinions.some(judged).gains(weights))
            found.append(weights)
            tries += more
    mean = np.mean(found, axis=0) if found else np.ones(len(names))
    alone = [float(opinions.gains(row).mean()) for row in np.eye(len(names)).tolist()]
    return Weighed(
        weights={name: round(float(one), 4) for name, one in zip(names, mean, strict=True)},
        merit=float(np.concatenate(gained).mean()) if gained else 0.0,
        alone=dict(zip(names, alone, strict=True)),
        tries=tries + len(names),
    )


def climb(opinions: Opinions) -> tuple[list[float], int]:
    """Climb from the best single member, one weight at a time, which adds members stepwise.

    Returns the weights, the largest brought to 1, and how many were tried.
    """
    count = len(opinions.values)
    alone = [opinions.gains(row) for row in np.eye(count).tolist()]
    first = int(np.argmax([own.mean() for own in alone]))
    weights, own = np.eye(count)[first].tolist(), alone[first]
    tries = count
    for _ in range(PASSES):
        before = list(weights)
        for member in range(count):
            tried = [[*weights[:member], step, *weights[member + 1 :]] for step in STEPS]
            tried = [one for one in tried if any(one) and one != weights]
            gained = [opinions.gains(one) for one in tried]
            best = int(np.argmax([one.mean() for one in gained]))
            if is_sure(gained[best], own, SURE):
                weights, own = tried[best], gained[best]
            tries += len(tried)
        if weights == before:
            break
    top = max(weights)
    return [one / top for one in weights], tries


def combined(weights: Sequence[float], scored: Sequence[Floats]) -> Floats:
    """Add up standardised scores by their weights. Shapes: M tables (B, I); returns (B, I)."""
    total = np.zeros(scored[0].shape, dtype=np.float32)
    for weight, scores in zip(weights, scored, strict=True):
        if weight:
            total += np.float32(weight) * scores
    return total
