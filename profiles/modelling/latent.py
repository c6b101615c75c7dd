"""What users may come to like: tags they never met, foretold from the tags that go together.

A guess, and told as one. It is made only where it foretells better than popularity does.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from core.arrays import Bools, Doubles, Indices


@dataclass(frozen=True, slots=True)
class LatentConfig:
    """`ridges` are the doubts, in users, that ties between tags may have to overcome.

    `most` guesses are made for a user who likes at least `least_liked` tags; they are judged by
    how many of the tags that users came to like are among the first `judged`, or the first
    quarter where there are few tags. They win where that beats popularity by `least_errors`
    standard errors of the difference between the two, user by user.
    """

    ridges: tuple[float, ...] = (300.0, 1_000.0, 3_000.0)
    least_liked: int = 3
    most: int = 3
    judged: int = 10
    least_errors: float = 2.0
    most_confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class Ties:
    """How liking one tag raises or lowers the chance of another. Shapes: usual (G,), tie (G, G).

    `usual` is the share of users who like each tag; `tie` has no diagonal.
    """

    usual: Doubles
    tie: Doubles

    def chances(self, liked: Doubles) -> Doubles:
        """Return how likely each user is to like each tag. Shapes: liked and result (U, G)."""
        return np.asarray(self.usual + (liked - self.usual) @ self.tie)


@dataclass(frozen=True, slots=True)
class Guesses:
    """Guessed likes, by user and falling chance. Shapes: all (N,); user and tag are places."""

    user: Indices
    tag: Indices
    chance: Doubles


def fit(liked: Doubles, ridge: float) -> Ties:
    """Learn which tags go together from who likes what. Shapes: liked (U, G), of 0 and 1.

    EASE (Steck, 2019) on centred columns: with P = (X'X + ridge I)^-1, tie = -P / diag(P) by
    columns, and 0 on the diagonal.
    """
    usual = liked.mean(axis=0)
    # Counts are whole numbers, so that no order of the users moves a bit.
    square = liked.T @ liked - len(liked) * np.outer(usual, usual)
    with threadpool_limits(1, "blas"):
        inverse = np.linalg.inv(square + ridge * np.eye(liked.shape[1]))
    tie = -inverse / np.diag(inverse)
    np.fill_diagonal(tie, 0.0)
    return Ties(usual, tie)


def guess(ties: Ties, liked: Doubles, met: Bools, config: LatentConfig) -> Guesses:
    """Return for each user the likeliest tags they never met, of those above the usual chance.

    Shapes: liked (U, G), of 0 and 1; met (U, G).
    """
    chances = ties.chances(liked)
    open_ = ~met & (chances > ties.usual) & (liked.sum(axis=1) >= config.least_liked)[:, None]
    ranked = np.where(open_, np.round(chances, 6), -np.inf)
    first = np.argsort(-ranked, axis=1, kind="stable")[:, : config.most]
    user = np.repeat(np.arange(len(liked)), first.shape[1])
    tag = first.ravel()
    kept = np.isfinite(ranked[user, tag])
    user, tag = user[kept], tag[kept]
    return Guesses(user, tag, np.clip(chances[user, tag], 0.0, config.most_confidence))


@dataclass(frozen=True, slots=True)
class Trial:
    """How well tags that users came to like were foretold, as recall, and by which ridge.

    `is_won` says whether the guesses beat popularity by more than chance explains.
    """

    ridge: float
    recall: float
    popular: float
    is_won: bool


def tried(liked: Doubles, met: Bools, later: Bools, config: LatentConfig) -> Trial:
    """Try to foretell the tags that users came to like later, and return the best trial.

    Shapes: all (U, G), liked and met as of before. Recalls are 0 where nobody came to like a
    tag they had never met.
    """
    came = later & ~met
    users = came.any(axis=1)
    first = min(config.judged, max(1, liked.shape[1] // 4))

    def recalls_of(scores: Doubles) -> Doubles:
        return _recalls(np.where(met, -np.inf, scores)[users], came[users], first)

    popular = recalls_of(np.broadcast_to(liked.mean(axis=0), liked.shape))
    trials = []
    for ridge in config.ridges:
        ours = recalls_of(fit(liked, ridge).chances(liked))
        trials.append(_trial(ridge, ours, popular, config))
    return max(trials, key=lambda trial: trial.recall)


def _trial(ridge: float, ours: Doubles, popular: Doubles, config: LatentConfig) -> Trial:
    if len(ours) < 2:
        return Trial(ridge, 0.0, 0.0, is_won=False)
    gains = np.sort(ours - popular)  # sums of them are then the same for any order of the users
    ours, popular = np.sort(ours), np.sort(popular)
    error = float(gains.std(ddof=1)) / len(gains) ** 0.5
    is_won = float(gains.mean()) > config.least_errors * error
    return Trial(ridge, float(ours.mean()), float(popular.mean()), is_won)


def _recalls(scores: Doubles, came: Bools, first: int) -> Doubles:
    """The part of the tags that each user came to like which is among the first. Shapes: (U,)."""
    top = np.argsort(-scores, axis=1, kind="stable")[:, :first]
    found = np.take_along_axis(came, top, axis=1).sum(axis=1)
    return np.asarray(found / np.minimum(came.sum(axis=1), first))
