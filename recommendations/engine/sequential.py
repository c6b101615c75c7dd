"""A linear model of what comes next, solved at once, that leans on text where it knows little."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.inverse import inverse_of
from recommendations.engine.log import Log, matrix, positives
from recommendations.engine.prior import TextPrior

# A step that counts less than this is as good as none.
LEAST = 1e-4
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class SequentialConfig:
    """How sequences are weighed.

    Units: fading in steps, after which an item counts 1/e; `whole` is the share of what is met at
    any time beside what comes next (1 forgets the order: EASE with a prior); ridge in
    interactions; text_ridge on the text vectors; text_share is how much the text prior counts
    beside the ridge that draws to it.
    """

    fading: float = 2.0
    whole: float = 0.1
    ridge: float = 150.0
    text_ridge: float = 30.0
    text_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Solved:
    """The costly part of the model, which no prior changes.

    Shapes: precision (I, I), symmetric; target (I, I) sparse; own (I,), the diagonal of their
    product.
    """

    precision: Floats
    target: csr_array
    own: Floats

    @classmethod
    def of(cls, log: Log, config: SequentialConfig) -> Self:
        """Lay out the sequences of `log`, and invert. Memory: two tables of 4 * I^2 bytes."""
        met = matrix(log)
        before, after = prefixes(log, config.fading)
        share = np.float32(config.whole)
        together = csr_array(met.T @ met) * share
        gram = (together + (before.T @ before) * (1 - share)).toarray()
        gram[np.diag_indices_from(gram)] += config.ridge
        precision = as_floats(inverse_of(as_floats(gram)))
        target = csr_array(together + (before.T @ after) * (1 - share))
        pairs = target.tocoo()
        rows, columns = pairs.coords
        parts = precision[columns, rows] * pairs.data
        own = np.bincount(columns, parts, minlength=log.n_items)
        return cls(precision, target, as_floats(own))

    def score(self, history: csr_array, prior: TextPrior | None, share: float) -> Floats:
        """Score without ever laying the links out. Shapes: history (B, I); returns (B, I)."""
        return self._after(
            as_floats(history @ self.precision), self.held(prior, share), prior, share
        )

    def held(self, prior: TextPrior | None, share: float) -> Floats:
        """Return by how much each item's own link must be held back. Shapes: returns (I,)."""
        own = self.own
        if prior is not None:
            own = own + np.float32(share) * prior.diagonal_after(self.precision)
        return as_floats(own / self.precision.diagonal())

    def links(self, prior: TextPrior | None, share: float) -> Floats:
        """Lay out B = P (R + share * C), its diagonal held at 0. Shapes: returns (I, I)."""
        held = self.held(prior, share)
        links = np.empty_like(self.precision)
        for start in range(0, len(links), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            links[part] = self._after(self.precision[part], held, prior, share)
        np.fill_diagonal(links, 0.0)
        return links

    def _after(self, rows: Floats, held: Floats, prior: TextPrior | None, share: float) -> Floats:
        found = rows @ self.target - rows * held
        if prior is not None:
            found += np.float32(share) * prior.after(rows)
        return as_floats(found)


@dataclass(slots=True)
class LastSolved:
    """Remembers the last solution, for trying several priors on the same sequences."""

    asked: tuple[Log, float, float, float] | None = None
    found: Solved | None = None

    def __call__(self, log: Log, config: SequentialConfig) -> Solved:
        """Solve, unless the same was solved last time."""
        knobs = (config.fading, config.whole, config.ridge)
        known = self.asked
        if self.found is None or known is None or known[0] is not log or known[1:] != knobs:
            self.found = Solved.of(log, config)
            self.asked = (log, *knobs)
        return self.found


@dataclass(slots=True)
class Sequential:
    """Scores items by how well they follow what a user met, each past item adding its part.

        P = inverse(whole * X'X + (1 - whole) * S'S + ridge * 1)
        B = P (whole * X'X + (1 - whole) * S'T + text_share * ridge * C - diag),   score = x B

    SLIST (Choi et al., WWW 2021), drawn not to nothing but to a text prior C, as L3AE draws EASE
    (Moon et al., 2025): X holds what was met, S the faded beginnings of each sequence, T the item
    that came next, and the last term keeps the diagonal of B at 0. Ask with histories that fade
    as fast.

    Memory: two tables of 4 * I^2 bytes while fitting and one after it, 1.2 GB and 0.6 GB at
    12,000 items; time I^3. Past some 20,000 items use `links.sequence_weights`, which counts in
    place of solving. Shapes: vectors (I, D) of unit rows, zero for an item without a text.
    """

    config: SequentialConfig = field(default_factory=SequentialConfig)
    vectors: Floats | None = None
    solve: Callable[[Log, SequentialConfig], Solved] = Solved.of
    solved: Solved = field(init=False, repr=False)
    prior: TextPrior | None = field(init=False, default=None, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        self.prior = None
        if self.vectors is not None and self.config.text_share:
            self.prior = TextPrior.of(self.vectors, self.config.text_ridge)
        self.solved = self.solve(log, self.config)
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        return self.solved.score(history, self.prior, self.config.text_share * self.config.ridge)

    def links(self) -> Floats:
        """Lay B out, for the neighbours that serving keeps. Shapes: returns (I, I)."""
        return self.solved.links(self.prior, self.config.text_share * self.config.ridge)


def prefixes(log: Log, fading: float) -> tuple[csr_array, csr_array]:
    """Return the faded beginning of every sequence at every step, and what came next.

    Row by row one step of one user: before holds exp(-(l - 1) / fading) for the item l steps
    back, added up where one was met twice, after holds 1 for the item itself. First items have
    nothing before them and no row of their own.

    Shapes: both (S, I) for S steps.
    """
    liked = positives(log)
    order = np.lexsort((liked.times, liked.users))
    users, items = liked.users[order], liked.items[order]
    is_next = np.zeros(len(users), dtype=bool)
    is_next[1:] = users[1:] == users[:-1]
    row = np.cumsum(is_next) - 1
    rows, columns, values = [], [], []
    reach = 1 + int(-np.log(LEAST) * fading)
    for lag in range(1, min(reach, len(users) - 1) + 1):
        later = np.flatnonzero(users[lag:] == users[:-lag]) + lag
        rows.append(row[later])
        columns.append(items[later - lag])
        values.append(np.full(len(later), np.exp(-(lag - 1) / fading), dtype=np.float32))
    shape = (int(is_next.sum()), log.n_items)
    before = _table(rows, columns, values, shape)
    ones = np.ones(shape[0], dtype=np.float32)
    return before, csr_array((ones, (row[is_next], items[is_next])), shape=shape)


def _table(
    rows: list[np.ndarray],
    columns: list[np.ndarray],
    values: list[np.ndarray],
    shape: tuple[int, int],
) -> csr_array:
    if not rows:
        return csr_array(shape, dtype=np.float32)
    pairs = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.concatenate(values), pairs), shape=shape)
