"""From interactions, tags and words to what two kinds of sign say: behaviour and words."""

from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Doubles
from profiles.modelling.choosing import INFERRED, OBSERVED, Channel
from profiles.modelling.claims import (
    Acts,
    Bearings,
    Claims,
    Mentions,
    claims_of_items,
    claims_of_words,
)
from profiles.modelling.credit import split_credit
from profiles.modelling.shares import Base, base_of
from profiles.modelling.statements import StatementConfig, weigh_items, weigh_words

# Sums over everybody are taken of masses in these steps.
STEP = 2.0**-32


@dataclass(frozen=True, slots=True)
class Everybody:
    """How a whole workspace meets tags: through items, and in words."""

    items: Base
    words: Base


def everybody_of(acts: Acts, bearings: Bearings, mentions: Mentions) -> Everybody:
    """Return what these users do all together, by the same rules as anybody's claims, unfaded.

    The same to the last bit in whatever order the users come.
    """
    acts = replace(acts, fade=np.ones(len(acts.id)))
    settled = acts.settled()
    reviews = float(acts.is_read.sum())
    return Everybody(
        items=_base(claims_of_items(settled, bearings), _signed_masses(settled.signed)),
        words=_base(claims_of_words(acts, mentions), (reviews, reviews)),
    )


def channels_of(
    acts: Acts,
    bearings: Bearings,
    mentions: Mentions,
    everybody: Everybody,
    config: StatementConfig,
) -> tuple[Channel, ...]:
    """Return what the users' behaviour says and what their words say, weighed.

    Behaviour speaks through the tags of items, so its credit is split among them; words name
    the aspect that they mean.
    """
    settled = acts.settled()
    of_items = claims_of_items(settled, bearings)
    items = everybody.items.covering(of_items.tag)
    of_items = split_credit(settled, of_items, items, config)
    of_words = claims_of_words(acts, mentions)
    words = everybody.words.covering(of_words.tag)
    return (
        Channel(
            OBSERVED, of_items, weigh_items(settled, of_items, items, config), items.is_judging
        ),
        Channel(INFERRED, of_words, weigh_words(acts, of_words, words, config), words.is_judging),
    )


def _signed_masses(signed: Doubles) -> tuple[float, float]:
    signed = _exact(signed)
    return float(np.maximum(signed, 0).sum()), float(np.maximum(-signed, 0).sum())


def _exact(masses: Doubles) -> Doubles:
    """Bring masses of at most 1 to steps that 2 ** 20 of them add up exactly by, in any order."""
    return np.asarray(np.rint(masses / STEP) * STEP)


def _base(claims: Claims, whole: tuple[float, float]) -> Base:
    tags, place = np.unique(claims.tag, return_inverse=True)
    support = _exact(claims.support)
    sums = [
        np.bincount(place, np.maximum(sign * support, 0), minlength=len(tags)).astype(float)
        for sign in (1, -1)
    ]
    return base_of(tags, sums[0], sums[1], whole=whole)
