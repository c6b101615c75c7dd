"""What is believed of users, as tables for a ranking: which 32 beliefs to show, and how heavily."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Ids
from profiles.modelling.channels import channels_of
from profiles.modelling.choosing import believed_in, told_by
from recommendations.evaluation.portrait.drawing import Portraits

MOST = 32


@dataclass(frozen=True, slots=True)
class Showing:
    """How beliefs are weighed where only a few can be shown.

    weight = signed strength * confidence * lately / (items that bear the tag) ** fineness,

    `lately` being how much of the user's mass on the tag is left when it halves every
    `half_life_days`; None leaves time out. With `only_interests` the clusters that items form by
    who took to them are shown, and what items carry is not.
    """

    half_life_days: float | None = None
    fineness: float = 0.0
    only_interests: bool = False


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Every belief that is clear and sure enough to be told. Shapes: user, tag and weight (N,)."""

    user: Ids
    tag: Ids
    weight: Doubles


def in_use(portraits: Portraits) -> Beliefs:
    """Return the statements in use, as a workspace holds them: what is served to a ranking."""
    kept = [one for stated in portraits.statements.values() for one in stated if one.is_active]
    weights = [one.polarity * one.strength * one.confidence for one in kept]
    return Beliefs(
        user=np.array([one.user for one in kept], dtype=np.int64),
        tag=np.array([one.tag for one in kept], dtype=np.int64),
        weight=np.array(weights, dtype=np.float64),
    )


def beliefs_of(portraits: Portraits) -> Beliefs:
    """Return all that behaviour and words say of users clearly enough to be proposed.

    That is more than a workspace serves, which is `in_use`: proposals wait for somebody's word,
    and here credit is not split, since a ranking may weigh tags that go together by itself.
    Of two channels that speak of one tag the clearer is heard.
    """
    known = portraits.evidence
    config = replace(known.config, most_explaining=0)
    columns = []
    for channel in channels_of(known.acts, known.bearings, known.mentions, known.everybody, config):
        told, weighed = told_by(channel, known.curves), channel.weighed
        rows = np.flatnonzero(believed_in(channel, told, config))
        weight = weighed.polarity[rows] * weighed.strength[rows] * told[rows]
        columns.append((weighed.user[rows], weighed.tag[rows], weight, weighed.evidence[rows]))
    user, tag, weight, evidence = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((-evidence, tag, user))
    user, tag, weight = user[order], tag[order], weight[order]
    is_first = np.ones(len(user), dtype=bool)
    is_first[1:] = (user[1:] != user[:-1]) | (tag[1:] != tag[:-1])
    return Beliefs(user[is_first], tag[is_first], weight[is_first])


def shown(
    portraits: Portraits, beliefs: Beliefs, showing: Showing, *, most: int = MOST
) -> csr_array:
    """Return the `most` weightiest beliefs of each user. Shapes: returns (U, G), signed."""
    weight, shape = beliefs.weight.copy(), portraits.weights.shape
    if showing.half_life_days is not None:
        weight *= _lately(portraits, beliefs, showing.half_life_days)
    bearers = np.bincount(portraits.item_tags.indices, minlength=shape[1])
    weight /= np.maximum(bearers[beliefs.tag], 1) ** showing.fineness
    if showing.only_interests:
        weight *= (np.array(portraits.sources) == "interest")[beliefs.tag]
    order = np.lexsort((beliefs.tag, -np.abs(weight), beliefs.user))
    user, tag, weight = beliefs.user[order], beliefs.tag[order], weight[order]
    place = np.arange(len(user)) - np.searchsorted(user, user)
    kept = (place < most) & (weight != 0)
    return csr_array((weight[kept].astype(np.float32), (user[kept], tag[kept])), shape=shape)


def _lately(portraits: Portraits, beliefs: Beliefs, half_life_days: float) -> Doubles:
    """How much of what each belief rests on is left, in [0, 1]. Shapes: returns (N,)."""
    acts = portraits.evidence.acts.settled()
    size = (portraits.weights.shape[0], portraits.item_tags.shape[0])
    mass = np.abs(acts.signed)
    whole, left = (
        _of_pairs(
            csr_array(csr_array((each, (acts.user, acts.item)), shape=size) @ portraits.item_tags),
            beliefs,
        )
        for each in (mass, mass * np.exp2(-acts.age / half_life_days))
    )
    # Beliefs from words alone have no mass among the items' tags: they do not age.
    return np.where(whole > 0, left / np.maximum(whole, 1e-12), 1.0)


def _of_pairs(table: csr_array, beliefs: Beliefs) -> Doubles:
    """Look up each belief's entry, 0 where there is none. Shapes: table (U, G); returns (N,)."""
    pairs = csr_array(
        (np.arange(1, len(beliefs.user) + 1), (beliefs.user, beliefs.tag)), shape=table.shape
    )
    places = csr_array(pairs.multiply(table != 0)).tocoo()
    found = np.zeros(len(beliefs.user))
    values = csr_array(table.multiply(pairs != 0)).tocoo()
    order = np.lexsort((places.coords[1], places.coords[0]))
    other = np.lexsort((values.coords[1], values.coords[0]))
    found[places.data[order].astype(np.intp) - 1] = values.data[other]
    return found
