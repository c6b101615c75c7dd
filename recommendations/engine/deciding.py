"""Decide on validation what the portrait and the words of reviews may say in a ranking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.adding import let_in
from recommendations.engine.blend import BlendConfig, scaled
from recommendations.engine.blending import (
    both_ways,
    crossed_gains,
    gather_slips,
    learn_blend,
    with_unused,
)
from recommendations.engine.ensemble import joined
from recommendations.engine.fitting import fitted_choices, fitted_parts
from recommendations.engine.gate import Gate, judge
from recommendations.engine.history import histories_of
from recommendations.engine.learned import (
    MORE,
    PORTRAIT,
    Content,
    Learned,
    Portrayed,
    liked_counts,
    linked_rows,
    score_batch,
    source_rows,
)
from recommendations.engine.log import feelings
from recommendations.engine.neighbours import Neighbours, NeighboursConfig, fit_neighbours
from recommendations.engine.stated import LinksConfig, fit_links
from recommendations.engine.validation import Cases, Fold, measure, merit, open_scores, worth

LINKS = tuple(
    LinksConfig(ridge=ridge, beta=beta)
    for ridge, beta in ((10.0, 0.4), (10.0, 0.5), (30.0, 0.3), (30.0, 0.4))
)
FEELINGS = (0.5, 1.0, 1.5)

Height = Callable[[LinksConfig], float]


@dataclass(slots=True)
class Rehearsal:
    """A fold with the portraits that its past alone gives; None where nobody draws them.

    What was fitted to that past last is kept: a blend, a ranker, how the past fades and how far a
    list is spread out are chosen one after the other, and none of them changes what is fitted.
    """

    fold: Fold
    portrayed: Portrayed | None
    content: Content | None = field(default=None, repr=False)
    near: Neighbours | None = field(default=None, repr=False)
    parts: dict[str, Any] = field(default_factory=dict, repr=False)
    fitted_for: tuple[object, ...] = ()

    @property
    def own(self) -> Portrayed | None:
        """The portraits of the fold's users."""
        return None if self.portrayed is None else self.portrayed.of(self.fold.cases.users)

    def neighbours(self, config: NeighboursConfig) -> Neighbours:
        """Find neighbours in the fold's past, of a large catalogue those of what its users met."""
        if self.near is None or self.near.config != config:
            met = np.unique(self.fold.cases.met.indices)
            vectors = None if self.content is None else self.content.vectors
            self.near = fit_neighbours(self.fold.past, config, items=met, vectors=vectors)
        return self.near

    def fitted(self, learned: Learned) -> Learned:
        """Return the choices, fitted on the fold's past alone."""
        choices = fitted_choices(learned)
        if self.fitted_for != choices:
            near = self.neighbours(learned.neighbours.config)
            self.parts = fitted_parts(
                learned,
                self.fold.past,
                portrayed=self.portrayed,
                content=self.content,
                neighbours=near,
            )
            self.fitted_for = choices
        return replace(learned, **self.parts)


@dataclass(frozen=True, slots=True)
class Decided:
    """A blend, the merit it reaches, how many were tried, and what was asked to earn its place.

    `gates` are of the portrait, where there is any, and of what else was asked about.
    """

    blend: BlendConfig
    merits: dict[str, float]
    tries: int
    gates: dict[str, Gate]


def height_of_links(learned: Learned, rehearsal: Rehearsal, portrayed: Portrayed) -> Height:
    """Return a measure of links: the merit of ranking by them and by neighbours, half and half.

    By themselves links do best that follow what is popular, which the other sources know better.
    """
    fold, cases = rehearsal.fold, rehearsal.fold.cases
    own = portrayed.of(cases.users)
    past = histories_of(fold.past, cases.users, learned.history)
    links = rehearsal.neighbours(learned.neighbours.config).table()
    beside = _on_one_scale(cases, as_floats((past @ links).toarray()))

    def height(config: LinksConfig) -> float:
        links = fit_links(portrayed.stated, portrayed.borne, fold.past, config)
        return merit(cases, beside + _on_one_scale(cases, linked_rows(links, own)))

    return height


def _on_one_scale(cases: Cases, scores: Floats) -> Floats:
    """Divide by each user's best open score; barred items get some finite score."""
    return scaled(open_scores(cases, scores), "max")


def choose_blend(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    *,
    pool: int,
    by_user: bool = False,
) -> Decided:
    """Learn how much each source counts, and whether what is stated leads to items at all.

    It does where users who were not learnt on surely gain by it, over everything else that is
    asked. Where nobody draws portraits there is nothing to decide. Then the sources of `MORE` are
    let in that surely add to what there is. Rehearsals are moments, unless users are cut one by
    one.
    """
    slips, users, lengths = [], [], []
    names: tuple[str, ...] = ()
    for one in rehearsals:
        rows, past = _asked(learned, one, content)
        names = tuple(rows)
        slips.append(gather_slips(one.fold.cases, list(rows.values())))
        users.append(one.fold.cases.users)
        lengths.append(liked_counts(past))
    everything, known, whose = joined(slips), np.concatenate(lengths), np.concatenate(users)
    gates: dict[str, Gate] = {}
    used = [name for name in names if name not in MORE]
    stated = [name for name in used if name in PORTRAIT]
    if stated and any(one.portrayed for one in rehearsals):
        gates["portrait"] = judge(
            *crossed_gains(everything.named(names, used), tuple(used), stated, whose)
        )
        if not gates["portrait"].is_open:
            used = [name for name in used if name not in PORTRAIT]
    more = [name for name in MORE if name in names]
    when = None if by_user else np.repeat(np.arange(len(users)), [len(one) for one in users])
    asked = [*used, *more]
    found = let_in(everything.named(names, asked), asked, more, whose, moments=when)
    used += found.names
    part = everything.named(names, used)
    blend, merits, tries = learn_blend(part, tuple(used), known, users=whose, pool=pool)
    unused = [name for name in names if name not in used]
    return Decided(with_unused(blend, unused), merits, tries + found.tries, gates | found.gates)


def _asked(
    learned: Learned, one: Rehearsal, content: Content | None
) -> tuple[Mapping[str, Floats], csr_array]:
    """Ask every source about the users of a rehearsal, fitted on its past alone."""
    past = histories_of(one.fold.past, one.fold.cases.users, learned.history)
    return source_rows(one.fitted(learned), past, content, portrayed=one.own), past


def choose_feeling(
    learned: Learned, rehearsals: Sequence[Rehearsal], content: Content | None
) -> tuple[float, Gate | None]:
    """Return how far words would best weigh on a history, and whether they may weigh at all.

    To judge, the share is chosen on one half of the users and measured on the other, both ways
    round; what is returned is the best on all of them. The gate is None where nothing was written.
    """
    written = [one for one in rehearsals if np.isfinite(feelings(one.fold.past)).any()]
    if not written:
        return 0.0, None
    found = [_felt_gains(learned, one, content) for one in written]
    table = np.concatenate([gains for gains, _ in found], axis=1)
    crossed = table[0].copy()
    for learnt, judged in both_ways(np.concatenate([users for _, users in found])):
        best = 1 + int(table[1:, learnt].mean(axis=1).argmax())
        crossed[judged] = table[best, judged]
    gate = judge(crossed, table[0])
    share = FEELINGS[int(table[1:].mean(axis=1).argmax())]
    return share, gate


def _felt_gains(learned: Learned, one: Rehearsal, content: Content | None) -> tuple[Doubles, Ids]:
    """Return what users get without words and by each share of them.

    Shapes: returns (1 + F, B) for F shares, and the users (B,).
    """
    past, cases = one.fold.past, one.fold.cases
    fitted = one.fitted(learned)
    rows = []
    for share in (0.0, *FEELINGS):
        weighed = histories_of(past, cases.users, replace(learned.history, feeling=share))
        scores = score_batch(fitted, weighed, content, barred=cases.met, portrayed=one.own)
        rows.append(worth(measure(cases, scores)))
    return np.stack(rows), cases.users
