"""Portraits of many users from the rows of a log, as the stages of a portrait would draw them."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Ids
from profiles.modelling.channels import channels_of, everybody_of
from profiles.modelling.choosing import OBSERVED, in_use_of, told_by, trusting
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.curves import SHIPPED, Curves
from profiles.modelling.statements import StatementConfig
from profiles.modelling.strength import ages_of
from recommendations.engine.learned import Portrayed
from recommendations.engine.log import Log, take

NO_WORDS = Mentions(
    act=np.empty(0, dtype=np.int64),
    tag=np.empty(0, dtype=np.int64),
    polarity=np.empty(0, dtype=np.float64),
)


@dataclass(frozen=True, slots=True)
class Drawer:
    """Draws users by what they did alone: by whatever tags their items bear.

    Of a workspace of any size at most `sample` users are drawn beside those asked for, the same
    ones every time, and `most` statements of a user are kept, which is what a request reads.
    Interactions do not fade, and aspects of reviews are left out: both are told by more than a
    log holds.

    Shapes: tags (I, G), how surely items bear them.
    """

    tags: csr_array
    config: StatementConfig = field(default_factory=StatementConfig)
    curves: Curves = SHIPPED
    sample: int = 1_000
    most: int = 32

    def __call__(self, log: Log, users: Ids) -> Portrayed:
        """State signed strength times confidence, of U users. Shapes: users (B,), positions."""
        wanted = np.zeros(log.n_users, dtype=bool)
        wanted[np.random.default_rng(0).permutation(log.n_users)[: self.sample]] = True
        wanted[users] = True
        acts = _acts(take(log, wanted[log.users]))
        bearings = self._bearings()
        everybody = everybody_of(acts, bearings, NO_WORDS)
        config = trusting(self.config, self.curves.by_group)
        channels = channels_of(acts, bearings, NO_WORDS, everybody, config)
        observed = next(one for one in channels if one.level == OBSERVED)
        told = told_by(observed, self.curves)
        rows = np.flatnonzero(in_use_of(observed, told, config))
        weighed = observed.weighed
        value = weighed.polarity[rows] * weighed.strength[rows] * told[rows]
        stated = self._laid(weighed.user[rows], weighed.tag[rows], value, log.n_users)
        return Portrayed(stated, self.tags)

    def _bearings(self) -> Bearings:
        pairs = self.tags.tocoo()
        return Bearings(
            item=pairs.coords[0].astype(np.int64),
            tag=pairs.coords[1].astype(np.int64),
            confidence=pairs.data.astype(np.float64),
        )

    def _laid(self, user: Ids, tag: Ids, value: Doubles, n_users: int) -> csr_array:
        order = np.lexsort((tag, -np.abs(value), user))
        user, tag, value = user[order], tag[order], value[order]
        place = np.arange(len(user)) - np.searchsorted(user, user)
        kept = place < self.most
        shape = (n_users, self.tags.shape[1])
        return csr_array((value[kept].astype(np.float32), (user[kept], tag[kept])), shape=shape)


def _acts(log: Log) -> Acts:
    count = len(log)
    return Acts(
        id=np.arange(count, dtype=np.int64),
        user=log.users,
        item=log.items,
        signed=log.weights.astype(np.float64),
        fade=np.ones(count),
        age=ages_of(log.users, log.times),
        is_read=np.zeros(count, dtype=bool),
    ).sorted()
