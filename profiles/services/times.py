"""Since when a statement holds, and when it ceased to: by what happened, not by when we looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from profiles.modelling.choosing import Proposal
from profiles.models import Statement
from profiles.queries.reasoning import Reasoned


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of some users: of what they did last, of its arrival, and since when what.

    `since` is in seconds, by user and tag, for what is believed now; `now` is when it was
    concluded.
    """

    now: datetime
    newest: Mapping[int, datetime]
    arrived: Mapping[int, datetime]
    since: Mapping[tuple[int, int], float]

    @classmethod
    def of(cls, reasoned: Reasoned, now: datetime) -> "Times":
        """Return the moments of the users that were reasoned about."""
        happenings = reasoned.happenings
        users, first = np.unique(happenings.acts.user, return_index=True)
        newest, arrived = (
            dict(zip(users.tolist(), _latest(column, first), strict=True))
            for column in (happenings.clock.moment, happenings.arrived)
        )
        return cls(now, newest, arrived, reasoned.past.since)

    def start(self, proposal: Proposal, old: Statement | None) -> datetime:
        """Return since when the proposed statement holds: never before the one that it replaces.

        A belief of the same sense that has only changed its numbers holds in its new form
        since the turn; any other since the evidence first asked for it for good. What was only
        guessed from others was not held.
        """
        was_held = old is not None and old.level != Statement.Level.LATENT
        if old is not None and was_held and old.polarity == proposal.polarity:
            return self.turn(old)
        told = self.since.get((proposal.user, proposal.tag))
        start = self._newest(proposal.user) if told is None else datetime.fromtimestamp(told, UTC)
        start = min(start, self.now)
        return max(start, old.valid_from) if old is not None and was_held else start

    def turn(self, row: Statement) -> datetime:
        """Return when the stored statement ceased to hold as it stands.

        With the newest thing its user did, if something has arrived since it was concluded;
        else what changed is not the user but what we know of them, and that is now.
        """
        arrived = self.arrived.get(row.user_id)
        is_told = arrived is not None and arrived > row.concluded_at
        return max(self._newest(row.user_id) if is_told else self.now, row.valid_from)

    def _newest(self, user: int) -> datetime:
        return min(self.newest.get(user, self.now), self.now)


def _latest(moments: np.ndarray, first: np.ndarray) -> list[datetime]:
    """The latest moment of each run of rows."""
    if not len(first):
        return []
    return [datetime.fromtimestamp(each, UTC) for each in np.maximum.reduceat(moments, first)]
