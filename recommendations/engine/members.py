"""The ways to link items that are tried for a workspace, each alone and then all added up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Indices, as_floats
from recommendations.engine.ensemble import Weighed, gather_opinions, joined, weigh
from recommendations.engine.head import Filtered, Solved, head_of
from recommendations.engine.history import HistoryConfig, histories_of
from recommendations.engine.neighbours import (
    Known,
    Links,
    NeighboursConfig,
    cosines_of,
    damped_links,
    dropout_links,
    following,
    length_of,
    steps_of,
    walk_of,
)
from recommendations.engine.validation import Cases, Fold, merit

EXPONENTS = tuple((alpha, beta) for alpha in (0.5, 0.7, 1.0) for beta in (0.2, 0.4, 0.6))
RIDGES = (30.0, 100.0, 300.0, 1000.0)
LIMITS = (0.0, 0.5)
DAMPED_RIDGES = (5.0, 15.0, 40.0)
SHRINKS = (20.0, 100.0, 300.0)
# Dropout, and its ridge as a share of the best one without.
DROPOUTS = ((0.3, 1.0), (0.6, 1.0))
# Directions kept, and what the ideal filter counts.
GRAPHS = ((16, 3.0), (32, 3.0), (128, 0.3), (128, 1.0))
# Of more likings fewer ways are tried: each further one takes a table of all pairs of items.
MOST_FOR_ALL = 2_000_000
# Share of what is met at any time, fading in steps, ridge.
NEXT = ((0.1, 2.0, 150.0), (0.3, 2.0, 100.0), (0.5, 5.0, 100.0))
# How far the best of these is drawn to what texts say, where there are any.
TEXTS = (0.1, 0.3, 1.0)
KNOBS = {
    "walk": ("alpha", "beta"),
    "sequence": ("half_life_steps", "beta"),
    "ease": ("ridge", "limit"),
    "damped": ("damped_ridge",),
    "cosine": ("shrink",),
    "dropout": ("dropout", "dropout_ridge"),
    "graph": ("graph_rank", "graph_ideal"),
    "next": ("next_whole", "next_fading", "next_ridge", "next_text"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """Users to try links on. Shapes: items (N,) or None, those of the dense models."""

    known: Known
    items: Indices | None
    cases: Cases

    @classmethod
    def of(cls, fold: Fold, dense_limit: int, vectors: Floats | None = None) -> "Trial":
        """Keep the users of a fold who met something: links say nothing of the others."""
        known = Known.of(fold.past, dense_limit, vectors)
        warm = fold.cases.some(np.flatnonzero(np.diff(fold.cases.met.indptr)))
        return cls(known, head_of(known.met, dense_limit), warm)

    def past(self, fading: HistoryConfig) -> csr_array:
        """Return the users' faded histories. Shapes: returns (B, I)."""
        return histories_of(self.known.log, self.cases.users, fading)


@dataclass(frozen=True, slots=True)
class Member:
    """The best setting of one way to link items.

    Shapes: scores (B, I) for each trial, by links of an average row length of one.
    """

    config: NeighboursConfig
    merit: float
    scores: tuple[Floats, ...]


Way = Callable[[Trial, NeighboursConfig], Iterator[tuple[NeighboursConfig, Links]]]
Report = Callable[[str, float], None]


def choose_members(
    trials: Sequence[Trial], base: NeighboursConfig, fading: HistoryConfig, report: Report
) -> list[tuple[NeighboursConfig, Weighed]]:
    """Tune every way to link items alone, then learn how much each of them counts in the sum.

    Which ways are tried goes by size, see `ways_for`. Shares are averaged over folds
    of users, each learnt on the others and measured on its own. Returns the mixture, and how the
    shares were found; where texts of items are known, another one after it, in which what comes
    next is drawn to them. Other sources go by texts, too, so only all of them together tell which
    is better. Time and memory: a solution of each dense model, see `head`, and one table of scores
    per way and trial.
    """
    pasts = [one.past(fading) for one in trials]
    ways = ways_for(trials)
    found: dict[str, Member] = {}
    for name, way in ways.items():
        tried = [way(one, base) for one in trials]
        found[name] = _tuned(name, tried, trials, pasts, report)
        base = found[name].config
    mixed = [_mixed(trials, found, base)]
    if "next" in ways and all(one.known.vectors is not None for one in trials):
        told = _tuned("next", [_tolds(one, base) for one in trials], trials, pasts, report)
        mixed.append(_mixed(trials, found | {"next": told}, told.config))
    return mixed


def _mixed(
    trials: Sequence[Trial], found: Mapping[str, Member], base: NeighboursConfig
) -> tuple[NeighboursConfig, Weighed]:
    """Learn how much each way counts in the sum."""
    opinions = [
        gather_opinions(one.cases, [member.scores[place] for member in found.values()])
        for place, one in enumerate(trials)
    ]
    users = np.concatenate([one.cases.users for one in trials])
    weighed = weigh(joined(opinions), list(found), groups=users)
    shares = weighed.weights
    mixed = replace(
        base,
        model="mix",
        walk_share=shares["walk"],
        sequence_share=shares["sequence"],
        ease_share=shares.get("ease", 0.0),
        damped_share=shares.get("damped", 0.0),
        cosine_share=shares.get("cosine", 0.0),
        dropout_share=shares.get("dropout", 0.0),
        graph_share=shares.get("graph", 0.0),
        next_share=shares.get("next", 0.0),
    )
    return mixed, weighed


def _tuned(
    name: str,
    ways: Sequence[Iterator[tuple[NeighboursConfig, Links]]],
    trials: Sequence[Trial],
    pasts: Sequence[csr_array],
    report: Report,
) -> Member:
    """Keep the best setting of one way; level ones keep the first."""
    best: Member | None = None
    for step in zip(*ways, strict=True):
        config = step[0][0]
        scores = [
            scored(past, links) / np.float32(length_of(links))
            for past, (_, links) in zip(pasts, step, strict=True)
        ]
        height = float(
            np.mean([merit(one.cases, rows) for one, rows in zip(trials, scores, strict=True)])
        )
        report(described(name, config), height)
        if best is None or height > best.merit:
            best = Member(config, height, tuple(scores))
    if best is None:
        raise ValueError("There must be at least one setting to tune.")
    return best


def described(name: str, config: NeighboursConfig) -> str:
    """Say in a word what is tried: the way, and the settings that are its own."""
    knobs = ", ".join(f"{knob}={getattr(config, knob):g}" for knob in KNOBS[name])
    return f"{name}({knobs})"


def scored(past: csr_array, links: Links) -> Floats:
    """Score histories by links. Shapes: past (B, I); returns (B, I)."""
    rows = past @ links
    return as_floats(rows if isinstance(rows, np.ndarray) else rows.toarray())


def _walks(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for alpha, beta in EXPONENTS:
        config = replace(base, alpha=alpha, beta=beta)
        yield config, walk_of(trial.known, config)


def _steps(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    yield base, steps_of(trial.known, base)


def _eases(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for ridge in RIDGES:
        solved = Solved.of(trial.known.met, _head(trial), ridge)
        for limit in LIMITS:
            yield replace(base, ridge=ridge, limit=limit), solved.links(limit)


def _dampeds(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for ridge in DAMPED_RIDGES:
        config = replace(base, damped_ridge=ridge)
        yield config, damped_links(trial.known, _head(trial), config)


def _cosines(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for shrink in SHRINKS:
        config = replace(base, shrink=shrink)
        yield config, cosines_of(trial.known, config)


def _dropouts(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for dropout, share in DROPOUTS:
        config = replace(base, dropout=dropout, dropout_ridge=share * base.ridge)
        yield config, dropout_links(trial.known, _head(trial), config)


def _graphs(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    most = max(rank for rank, _ in GRAPHS)
    filtered = Filtered.of(trial.known.met, _head(trial), most)
    for rank, ideal in GRAPHS:
        config = replace(base, graph_rank=rank, graph_ideal=ideal)
        yield config, filtered.links(rank, ideal)


def _nexts(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    for whole, fading, ridge in NEXT:
        config = replace(base, next_whole=whole, next_fading=fading, next_ridge=ridge)
        yield config, following(trial.known, _head(trial), config).links()


def _tolds(trial: Trial, base: NeighboursConfig) -> Iterator[tuple[NeighboursConfig, Links]]:
    """Draw the best of what comes next to texts, by several strengths."""
    solved = following(trial.known, _head(trial), base)
    for text in TEXTS:
        yield replace(base, next_text=text), solved.links(text)


def _head(trial: Trial) -> Indices:
    if trial.items is None:
        raise ValueError("A dense model needs items that several users met.")
    return trial.items


SPARSE: Mapping[str, Way] = {"walk": _walks, "sequence": _steps}
DENSE: Mapping[str, Way] = {**SPARSE, "ease": _eases, "damped": _dampeds, "next": _nexts}
WAYS: Mapping[str, Way] = {**DENSE, "cosine": _cosines, "dropout": _dropouts, "graph": _graphs}


def ways_for(trials: Sequence[Trial]) -> Mapping[str, Way]:
    """Return the ways that are tried for workspaces of a size: the larger, the fewer.

    The dense ones are left out where a trial cannot afford them; those that come on top are where
    one has more than two million likings.
    """
    if any(one.items is None for one in trials):
        return SPARSE
    return WAYS if all(one.known.met.nnz <= MOST_FOR_ALL for one in trials) else DENSE
