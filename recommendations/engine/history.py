"""What one user met, weighed by how gladly and how long ago."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, as_floats
from recommendations.engine.log import DAY, Log, take

# How many interactions a request reads of its user.
NEWEST = 200
# Beside a user's largest weight, less than this is a rounding error.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    """How the past fades. None never fades.

    Units: half_life_days, and half_life_steps in later interactions, both counted back from the
    user's newest one; dislike multiplies negative weights (0 ignores them); feeling is the share
    of a weight that words to the contrary take back (0 ignores words).
    """

    half_life_days: float | None = None
    half_life_steps: float | None = None
    dislike: float = 0.0
    feeling: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """One user's past. Shapes: items and weights (H,), weights signed and faded, newest last."""

    items: Ids
    weights: Floats

    def __len__(self) -> int:
        return len(self.items)


def history_of(
    items: Ids,
    strengths: Floats,
    times: Doubles,
    config: HistoryConfig,
    *,
    felt: Floats | None = None,
) -> History:
    """Fade one user's interactions, counted back from the newest of them that says something.

        weight_t = strength_t * 2 ** (-days_t / half_life_days) * 2 ** (-later_t / half_life_steps)

    Not the clock but the user's own last word is the present: one who stays away for years comes
    back to the taste they left with. Items are the caller's own ids, or positions in a catalogue.
    Neutral interactions are left out, dislikes where those are ignored, and what has faded to
    nothing beside the rest.

    Shapes: items, strengths, times and felt (H,); returns at most H items, oldest first.
    Units: times in unix seconds; felt as the log has it.
    """
    order = np.argsort(times, kind="stable")
    weights = tempered(strengths, config, felt=felt)[order]
    order, weights = order[weights != 0], weights[weights != 0]
    if not len(order):
        return History(items=items[order], weights=weights)
    ages = times[order[-1]] - times[order]
    faded = fade(weights, ages, np.arange(len(order))[::-1], config)
    kept = says_something(faded, np.abs(faded).max())
    return History(items=items[order][kept], weights=faded[kept])


def tempered(strengths: Floats, config: HistoryConfig, *, felt: Floats | None = None) -> Floats:
    """Return the strengths with words and dislikes weighed as the config has it.

        strength_t * (1 - feeling * (1 - agreement_t) / 2),   agreement_t = sign_t * felt_t

    so that words which agree wholly leave a strength as it is, and words to the contrary take
    back `feeling` of it: more than 1 turns it round. Where nothing was written it stays.

    Shapes: strengths and felt (T,); returns (T,).
    """
    if felt is not None and config.feeling:
        agreement = np.where(np.isnan(felt), 1.0, np.sign(strengths) * felt)
        strengths = as_floats(strengths * (1.0 - config.feeling * (1.0 - agreement) / 2.0))
    return as_floats(np.where(strengths < 0, strengths * config.dislike, strengths))


def fade(weights: Floats, ages: Doubles, later: Ids, config: HistoryConfig) -> Floats:
    """Return the faded weights of interactions; see `history_of`.

    Shapes: all (T,). Units: ages in seconds, later in interactions, both counted back from the
    same user's newest.
    """
    halvings = np.zeros(len(weights))
    if config.half_life_days is not None:
        halvings += ages / DAY / config.half_life_days
    if config.half_life_steps is not None:
        halvings += later / config.half_life_steps
    return as_floats(weights * np.exp2(-np.minimum(halvings, 60.0)))


def says_something(weights: Floats, largest: Floats | float) -> Bools:
    """Say which weights still count beside the same user's largest. Shapes: returns (T,)."""
    counts: Bools = np.abs(weights) > NEGLIGIBLE * largest
    return counts


def histories(log: Log, config: HistoryConfig) -> csr_array:
    """Fade every user's interactions at once: `history_of` and then `condense`, row by row.

    Shapes: returns (U, I), weights in [-1, 1].
    """
    order = np.lexsort((log.times, log.users))
    weights = tempered(log.weights, config, felt=log.felt)[order]
    order, weights = order[weights != 0], weights[weights != 0]
    users, times = log.users[order], log.times[order]
    newest = np.searchsorted(users, users, side="right") - 1
    faded = fade(weights, times[newest] - times, newest - np.arange(len(users)), config)
    shape = (log.n_users, log.n_items)
    table = csr_array((faded, (users, log.items[order])), shape=shape)
    table.sum_duplicates()
    table.data = np.clip(table.data, -1.0, 1.0)
    largest = np.zeros(log.n_users, dtype=np.float32)
    rows = np.repeat(np.arange(log.n_users), np.diff(table.indptr))
    np.maximum.at(largest, rows, np.abs(table.data))
    table.data[~says_something(table.data, largest[rows])] = 0.0
    table.eliminate_zeros()
    return table


def histories_of(log: Log, users: Ids, config: HistoryConfig) -> csr_array:
    """Fade the interactions of some users, without laying out those of all the others.

    Shapes: users (B,); returns (B, I), the same as `histories(log, config)[users]`.
    """
    wanted = np.zeros(log.n_users, dtype=np.bool_)
    wanted[users] = True
    return csr_array(histories(take(log, wanted[log.users]), config)[users])
