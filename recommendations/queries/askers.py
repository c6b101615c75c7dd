"""What is known of the user that a slate is for: their past, their statements, their tastes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.arrays import Floats, as_floats
from profiles.modelling.strength import Kinds, signed
from recommendations.binary import vectors_from
from recommendations.engine.condense import condense
from recommendations.engine.history import NEWEST, History, HistoryConfig, history_of
from recommendations.engine.rules import NOTHING
from recommendations.queries.fetching import Rows, fetch
from recommendations.rows import InlineStatement

LIKED = 0.5
NEVER = -1.0

NO_HISTORY = History(items=NOTHING, weights=np.empty(0, dtype=np.float32))

HISTORY = """
SELECT met.item_id, item.external_id, item.title,
       extract(epoch FROM coalesce(met.happened_at, met.received_at))::float8,
       met.value, reading.sentiment, kind.polarity, kind.weight,
       kind.half_life_days, kind.value_middle, kind.value_best
FROM (
    SELECT * FROM profiles_interaction WHERE user_id = %(user)s
    ORDER BY coalesce(happened_at, received_at) DESC, id DESC LIMIT %(newest)s
) AS met
JOIN profiles_kind AS kind ON kind.id = met.kind_id
JOIN catalog_item AS item ON item.id = met.item_id
LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
ORDER BY coalesce(met.happened_at, met.received_at) DESC, met.id DESC
"""

# Hidden statements are not used, neither are those still waiting for review. A like that was
# rejected holds its tag back, half as much as it could be disliked: without that, what the user
# did would go on bringing what they said is not theirs.
STATEMENTS = """
SELECT tag.id, tag.key, tag.names, statement.id,
       CASE WHEN statement.status = 'rejected' THEN -0.5
            ELSE statement.polarity * statement.strength * statement.confidence END,
       CASE WHEN statement.status = 'rejected' THEN -1 ELSE statement.polarity END,
       statement.level = 'declared' OR statement.status IN ('pinned', 'rejected')
FROM profiles_statement AS statement
JOIN catalog_tag AS tag ON tag.id = statement.tag_id
WHERE statement.user_id = %(user)s AND statement.valid_until IS NULL
  AND (statement.status IN ('active', 'pinned')
       OR statement.status = 'rejected' AND statement.polarity = 1)
  AND NOT statement.is_hidden AND NOT tag.is_blocked
ORDER BY tag.id
"""

TASTES = """
SELECT vector_send(vector), weight FROM profiles_profilevector
WHERE user_id = %(user)s AND space_id = %(space)s ORDER BY slot
"""

INLINE_TAGS = """
SELECT tag.id, tag.key, tag.names FROM catalog_tag AS tag
WHERE tag.workspace_id = %(workspace)s AND NOT tag.is_blocked
  AND (lower(tag.key) = ANY(%(words)s)
       OR EXISTS (SELECT FROM jsonb_each_text(tag.names) AS name
                  WHERE lower(name.value) = ANY(%(words)s)))
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement that counts. `id` is None where it came with the request.

    `is_said` where it is somebody's own word, declared, pinned or rejected, and not what was made
    of acts.

    Units: strength signed, in [-1, 1], after confidence.
    """

    tag_id: int
    key: str
    names: dict[str, str]
    id: int | None
    strength: float
    polarity: int
    is_said: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether it says never: a dislike that is somebody's own word, and as strong as can be."""
        return self.is_said and self.strength <= NEVER


@dataclass(frozen=True, slots=True)
class MetItem:
    """An item of the user's past, by its names, and whether they clearly liked it."""

    external_id: str
    title: str
    is_liked: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What a user met: faded, one entry an item, and the items by name."""

    history: History = NO_HISTORY
    items: dict[int, MetItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tastes:
    """Directions in the active space. Shapes: vectors (M, D) of unit rows; weights (M,)."""

    vectors: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.weights)


def load_past(user_id: int, fading: HistoryConfig) -> Past:
    """Read the newest 200 interactions. One query.

    What has no date counts as of the moment when it was received.
    """
    rows = fetch(HISTORY, {"user": user_id, "newest": NEWEST})[::-1]
    if not rows:
        return Past()
    ids, external_ids, titles, *columns = zip(*rows, strict=True)
    times, values, felt, polarity, weight, half_life, middle, best = (
        np.array(column, dtype=np.float64) for column in columns
    )
    kinds = Kinds(polarity, weight, half_life, middle, best)
    said = as_floats(signed(values, np.arange(len(ids)), kinds, sentiment=felt))
    items, words = np.array(ids, dtype=np.int64), as_floats(felt)
    names = {
        item: MetItem(external_id, title or external_id, is_liked=bool(strength >= LIKED))
        for item, external_id, title, strength in zip(ids, external_ids, titles, said, strict=True)
    }
    return Past(condense(history_of(items, said, times, fading, felt=words)), names)


def load_statements(user_id: int) -> list[Stated]:
    """Read the user's current statements that may be used. One query."""
    return [
        Stated(tag_id, key, names, pk, float(strength), int(polarity), is_said=bool(said))
        for tag_id, key, names, pk, strength, polarity, said in fetch(STATEMENTS, {"user": user_id})
    ]


def load_inline(workspace_id: int, given: Sequence[InlineStatement]) -> list[Stated]:
    """Find the tags that came with a request, by key or by name in any language. One query."""
    wanted = {one.tag.lower(): one for one in given}
    rows: Rows = fetch(INLINE_TAGS, {"workspace": workspace_id, "words": list(wanted)})
    found = []
    for tag_id, key, names in rows:
        words = [key.lower(), *(str(name).lower() for name in names.values())]
        one = next(wanted[word] for word in words if word in wanted)
        strength = one.polarity * one.strength
        found.append(Stated(tag_id, key, names, None, strength, one.polarity, is_said=True))
    return found


def load_tastes(user_id: int, space_id: int, dimensions: int) -> Tastes:
    """Read the user's directions of taste. One query."""
    rows = fetch(TASTES, {"user": user_id, "space": space_id})
    return Tastes(
        vectors=vectors_from([row[0] for row in rows], dimensions),
        weights=as_floats([row[1] for row in rows]),
    )


def no_tastes(dimensions: int) -> Tastes:
    """Return no taste at all."""
    return Tastes(np.empty((0, dimensions), np.float32), np.empty(0, np.float32))
