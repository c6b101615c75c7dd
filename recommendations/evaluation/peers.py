"""The models that likeness is held against, and how far each is searched for its best setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import optuna

from recommendations.engine.factors import FactorsConfig
from recommendations.engine.graph import GraphConfig
from recommendations.engine.log import Log
from recommendations.engine.neighbourhood import NeighbourhoodConfig
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.tuning import Setting, Tuned
from recommendations.engine.validation import Cases, merit
from recommendations.evaluation.families import factors, graph, linked, users
from recommendations.evaluation.linear import Linear, LinearConfig

TRIES = 12
Draw = Callable[[optuna.Trial], Setting]


@dataclass(frozen=True, slots=True)
class Peer:
    """A model to tune: `draw` makes a setting of a trial's numbers, `first` are tried before any
    that are drawn. `is_dense` says that its cost grows with the square of users or items.
    """

    draw: Draw
    first: tuple[Mapping[str, Any], ...]
    is_dense: bool = False


def _item_knn(trial: optuna.Trial) -> Setting:
    shrink = trial.suggest_float("shrink", 0.1, 1_000.0, log=True)
    return linked(NeighboursConfig("cosine", shrink=shrink))


def _user_knn(trial: optuna.Trial) -> Setting:
    config = NeighbourhoodConfig(
        most=trial.suggest_int("most", 20, 1_000, log=True),
        sharpness=trial.suggest_float("sharpness", 0.5, 3.0),
        damping=trial.suggest_float("damping", 0.0, 0.6),
    )
    return users(config)


def _walk(trial: optuna.Trial) -> Setting:
    alpha = trial.suggest_float("alpha", 0.3, 1.4)
    beta = trial.suggest_float("beta", 0.0, 0.9)
    return linked(NeighboursConfig("rp3beta", alpha=alpha, beta=beta))


def _graph(trial: optuna.Trial) -> Setting:
    rank = trial.suggest_int("rank", 16, 512, log=True)
    ideal = trial.suggest_float("ideal", 0.02, 3.0, log=True)
    return graph(GraphConfig(rank=rank, ideal=ideal))


def _factors(trial: optuna.Trial) -> Setting:
    config = FactorsConfig(
        dimensions=trial.suggest_int("dimensions", 16, 128, log=True),
        trust=trial.suggest_float("trust", 1.0, 100.0, log=True),
        ridge=trial.suggest_float("ridge", 1.0, 200.0, log=True),
    )
    return factors(config)


def _ease(trial: optuna.Trial) -> Setting:
    return _linear(LinearConfig(ridge=trial.suggest_float("ridge", 10.0, 5_000.0, log=True)))


def _relaxed(trial: optuna.Trial) -> Setting:
    ridge = trial.suggest_float("ridge", 3.0, 2_000.0, log=True)
    return _linear(LinearConfig(ridge, limit=trial.suggest_float("limit", 0.0, 1.0)))


def _denoising(trial: optuna.Trial) -> Setting:
    ridge = trial.suggest_float("ridge", 3.0, 2_000.0, log=True)
    return _linear(LinearConfig(ridge, dropout=trial.suggest_float("dropout", 0.05, 0.9)))


def _linear(config: LinearConfig) -> Setting:
    return Setting(repr(config), lambda: Linear(config))


# The first settings are what such data usually ask for; whatever is left is searched for.
PEERS: Mapping[str, Peer] = {
    "item-knn": Peer(_item_knn, ({"shrink": 5.0}, {"shrink": 20.0}, {"shrink": 100.0})),
    "user-knn": Peer(
        _user_knn,
        (
            {"most": 200, "sharpness": 1.0, "damping": 0.0},
            {"most": 200, "sharpness": 1.0, "damping": 0.3},
        ),
    ),
    "rp3beta": Peer(
        _walk,
        ({"alpha": 0.7, "beta": 0.4}, {"alpha": 1.0, "beta": 0.6}, {"alpha": 0.5, "beta": 0.2}),
    ),
    "graph-filter": Peer(_graph, ({"rank": 64, "ideal": 0.3}, {"rank": 256, "ideal": 0.3})),
    "ials": Peer(
        _factors,
        (
            {"dimensions": 32, "trust": 5.0, "ridge": 5.0},
            {"dimensions": 128, "trust": 20.0, "ridge": 50.0},
        ),
    ),
    "ease": Peer(_ease, ({"ridge": 100.0}, {"ridge": 300.0}, {"ridge": 1_000.0}), is_dense=True),
    "rlae": Peer(
        _relaxed, ({"ridge": 100.0, "limit": 0.3}, {"ridge": 30.0, "limit": 0.7}), is_dense=True
    ),
    "edlae": Peer(
        _denoising,
        ({"ridge": 100.0, "dropout": 0.3}, {"ridge": 30.0, "dropout": 0.6}),
        is_dense=True,
    ),
}


def peers_of(log: Log, *, dense_limit: int) -> dict[str, Peer]:
    """Return the peers that a log leaves room for: dense ones up to so many users or items."""
    is_small = min(log.n_users, log.n_items) <= dense_limit
    return {name: one for name, one in PEERS.items() if is_small or not one.is_dense}


def search_peer(
    name: str, peer: Peer, train: Log, cases: Cases, *, tries: int, seed: int = 0
) -> Tuned:
    """Try so many settings of one peer, and keep the best by `cases`; level ones keep the first.

    After `first` half of the tries are drawn by chance, and the rest where the best ones lay
    (TPE; Bergstra et al., NIPS 2011, by Optuna). The seed decides what is drawn. Raises
    ValueError where there is nothing to try.
    """
    if tries < 1:
        raise ValueError("There must be at least one setting to try.")
    best: list[Tuned] = []
    merits: dict[str, float] = {}

    def height(trial: optuna.Trial) -> float:
        setting = peer.draw(trial)
        member = setting.fitted(name, train)
        scores = member.score(train, cases.users)
        found = merit(cases, scores)
        if not best or found > merits[best[0].setting.label]:
            best[:] = [Tuned(setting, member, scores, merits)]
        merits[setting.label] = found
        return found

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=(tries + 1) // 2)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for one in peer.first[:tries]:
        study.enqueue_trial(dict(one))
    study.optimize(height, n_trials=tries)
    return best[0]
