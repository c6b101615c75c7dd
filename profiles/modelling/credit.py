"""Whose merit it was: credit for an interaction, split among the tags of its item.

A user who likes crime also takes to whatever else crime novels are about. Tag by tag, the
clearest first, each belief takes the credit for its interactions, and the other tags of those
items keep a part of theirs. A tag that stands on items of its own loses little; one that only
ever comes with a clearer one fades.
"""

from dataclasses import replace

import numpy as np

from core.arrays import Bools, Indices
from profiles.modelling.claims import Acts, Claims, group_starts
from profiles.modelling.shares import Base
from profiles.modelling.statements import StatementConfig, Weighed, weigh_items


def split_credit(acts: Acts, claims: Claims, base: Base, config: StatementConfig) -> Claims:
    """Return the claims with `support` cut where a clearer tag of the same item accounts for it.

    Round by round, each user's clearest belief that was not chosen yet (log-odds highest, and
    clear enough to be in use) keeps its support, and every other claim of the same sign on the
    same interactions is multiplied by `credit_left`. At most `most_explaining` rounds; users do
    not touch each other, so they may come in any batches.
    """
    if not len(claims.user):
        return claims
    pair = _pair_of(claims)
    least_evidence = config.evidence_in_use(is_judging=base.is_judging)
    chosen = np.zeros(pair[-1] + 1, dtype=bool)
    for _ in range(config.most_explaining):
        weighed = weigh_items(acts, claims, base, config)
        clearest = _clearest(weighed, chosen, least_evidence)
        if not len(clearest):
            break
        chosen[clearest] = True
        explains = np.zeros(len(chosen), dtype=bool)
        explains[clearest] = True
        claims = _cut(claims, pair, explains, chosen, weighed, config)
    return claims


def _pair_of(claims: Claims) -> Indices:
    """Number the user and tag of each claim. Shapes: returns (N,), rising from 0."""
    starts = group_starts(claims.user, claims.tag)
    is_first = np.zeros(len(claims.user), dtype=np.intp)
    is_first[starts] = 1
    return np.cumsum(is_first) - 1


def _clearest(weighed: Weighed, chosen: Bools, least_evidence: float) -> Indices:
    """Each user's clearest belief that is not chosen yet; users without one are left out."""
    is_clear = weighed.holds & weighed.is_met & (weighed.evidence >= least_evidence)
    open_ = np.flatnonzero(is_clear & ~chosen)
    ranks = (
        weighed.tag[open_],
        -np.round(weighed.strength[open_], 9),  # of equals, the more particular
        -np.round(weighed.odds[open_], 9),
        weighed.user[open_],
    )
    order = open_[np.lexsort(ranks)]
    return order[group_starts(weighed.user[order])]


def _cut(
    claims: Claims,
    pair: Indices,
    explains: Bools,
    chosen: Bools,
    weighed: Weighed,
    config: StatementConfig,
) -> Claims:
    sign = np.sign(claims.support)
    speaks = explains[pair] & (sign == weighed.polarity[pair])
    explained = np.zeros(claims.act.max() + 1, dtype=bool)
    explained[claims.act[speaks]] = True
    direction = np.zeros(len(explained))
    direction[claims.act[speaks]] = sign[speaks]
    is_cut = explained[claims.act] & ~chosen[pair] & (sign == direction[claims.act])
    return replace(
        claims, support=np.where(is_cut, claims.support * config.credit_left, claims.support)
    )
