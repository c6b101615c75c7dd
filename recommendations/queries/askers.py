"""What is known of the user that a slate is for: their past, their statements, their tastes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from core.arrays import Floats, Ids, as_floats
from profiles.queries.verdicts import SIGNED
from recommendations.binary import doubles_from, ids_from, vectors_from
from recommendations.engine.condense import condense
from recommendations.engine.history import NEWEST, History, HistoryConfig, history_of
from recommendations.engine.rules import NOTHING
from recommendations.queries.fetching import Rows, fetch
from recommendations.rows import KIND_OF_VERDICT, REST_DAYS, InlineStatement

LIKED = 0.5
NEVER = -1.0

NO_HISTORY = History(items=NOTHING, weights=np.empty(0, dtype=np.float32))


def _column(value: str) -> str:
    return f"array_send(array_agg(coalesce({value}, 'NaN') ORDER BY newest.at, newest.id))"


# All that a user met is read in one go: what may not be shown again, and as columns the newest of
# what is learnt from, which is what `engine.log.strongest` keeps. Of what the user only asked to
# see less of, nothing is shown again while it rests.
MET = f"""
WITH met AS MATERIALIZED (
    SELECT met.id, met.item_id, kind.name AS kind, reading.sentiment,
           coalesce(met.happened_at, met.received_at) AS at, ({SIGNED})::float4 AS said
    FROM profiles_interaction AS met
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    WHERE met.user_id = %(user)s
), strongest AS (
    SELECT DISTINCT ON (item_id, sign(said)) id, item_id, sentiment, at, said FROM met
    ORDER BY item_id, sign(said), abs(said) DESC, at, id
), newest AS (
    SELECT * FROM strongest ORDER BY at DESC, id DESC LIMIT %(newest)s
)
SELECT array_send(ARRAY(
           SELECT DISTINCT item_id FROM met WHERE kind <> %(less)s OR at > %(rested)s)),
       array_send(array_agg(newest.item_id ORDER BY newest.at, newest.id)),
       array_agg(item.external_id ORDER BY newest.at, newest.id),
       array_agg(item.title ORDER BY newest.at, newest.id),
       {_column("extract(epoch FROM newest.at)::float8")},
       {_column("newest.said::float8")},
       {_column("newest.sentiment::float8")}
FROM newest JOIN catalog_item AS item ON item.id = newest.item_id
"""  # noqa: S608 - only constants of ours are filled in

# Hidden statements are not used, neither are those still waiting for review. A like that was
# rejected holds its tag back, half as much as it could be disliked: without that, what the user
# did would go on bringing what they said is not theirs. Where somebody says never, what that put
# aside is read, too: see `Stated.counted`.
STATEMENTS = """
SELECT tag.id, tag.key, tag.names, statement.id,
       CASE WHEN statement.status = 'rejected' THEN -0.5
            ELSE statement.polarity * statement.strength * statement.confidence END,
       CASE WHEN statement.status = 'rejected' THEN -1 ELSE statement.polarity END,
       statement.level = 'declared' OR statement.status IN ('pinned', 'rejected'),
       CASE WHEN statement.polarity * statement.strength * statement.confidence <= -1 THEN (
           SELECT max(old.polarity * old.strength * old.confidence)
           FROM profiles_statement AS old
           WHERE old.superseded_by_id = statement.id AND NOT old.is_hidden
             AND old.status IN ('active', 'pinned')) END
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

# Tags that any of the words names, by key or by name in any language, each as the tag that is used;
# what means another tag comes before what is named itself.
INLINE_TAGS = """
SELECT named.key, named.names, tag.id, tag.key, tag.names, tag.is_field
FROM catalog_tag AS named
JOIN catalog_tag AS tag ON tag.id = coalesce(named.merged_into_id, named.id)
WHERE named.workspace_id = %(workspace)s AND NOT named.is_blocked AND NOT tag.is_blocked
  AND (lower(named.key) = ANY(%(words)s)
       OR EXISTS (SELECT FROM jsonb_each_text(named.names) AS name
                  WHERE lower(name.value) = ANY(%(words)s)))
ORDER BY named.merged_into_id NULLS LAST, named.id
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement that counts. `id` is None where it came with the request.

    `is_said` where it is somebody's own word, declared, pinned or rejected, and not what was made
    of acts. `put_aside` is the strength of what it took the place of, where it says never.

    Units: strengths signed, in [-1, 1], after confidence.
    """

    tag_id: int
    key: str
    names: dict[str, str]
    id: int | None
    strength: float
    polarity: int
    is_said: bool = False
    put_aside: float = 0.0

    @property
    def is_refusal(self) -> bool:
        """Whether it says never: a dislike that is somebody's own word, and as strong as can be."""
        return self.is_said and self.strength <= NEVER

    @property
    def counted(self) -> float:
        """What it counts in a sum over the tags of an item.

        Never is a rule and no weight. What bears its tag is not shown, but sets the scale as it
        did before, so that the order of all else stays as it was.
        """
        return self.put_aside if self.is_refusal else self.strength


@dataclass(frozen=True, slots=True)
class Inline:
    """The tags that came with a request, each once.

    `unknown` counts the words that name none, `fields` those that name an interest field alone,
    which nothing bears itself.
    """

    stated: list[Stated]
    unknown: int = 0
    fields: int = 0


@dataclass(frozen=True, slots=True)
class MetItem:
    """An item of the user's past, by its names, and whether they clearly liked it.

    That is by all they said of it, however long ago: a dislike takes a like back.
    """

    external_id: str
    title: str
    is_liked: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What a user met: faded, one entry an item, and the items by name.

    Shapes: liked (N,), the items that the user took to, in order of time, each where it was taken
    to most strongly.
    """

    history: History = NO_HISTORY
    items: dict[int, MetItem] = field(default_factory=dict)
    liked: Ids = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Tastes:
    """Directions in the active space. Shapes: vectors (M, D) of unit rows; weights (M,).

    The first `stored` rows are those of `user_id`, which Postgres has itself.
    """

    vectors: Floats
    weights: Floats
    user_id: int | None = None
    stored: int = 0

    def __len__(self) -> int:
        return len(self.weights)


def load_met(user_id: int, fading: HistoryConfig, *, now: datetime) -> tuple[Past, Ids]:
    """Return the user's past, and every item that must not be shown again. One query.

    Each item and sign counts once, as strongly as it was ever said, as in what is learnt from; of
    these the newest 200 are the past. What has no date counts as of the moment when it was
    received. What the user only asked to see less of may be shown again after thirty days.
    """
    parameters = {
        "user": user_id,
        "newest": NEWEST,
        "less": KIND_OF_VERDICT["less"],
        "rested": now - timedelta(days=REST_DAYS),
    }
    [(seen, sent, external_ids, titles, *columns)] = fetch(MET, parameters)
    if sent is None:
        return Past(), NOTHING
    items = ids_from(sent)
    times, strengths, sentiment = map(doubles_from, columns)
    said = as_floats(strengths)
    taken_together = condense(History(items, said))
    liked = set(taken_together.items[taken_together.weights >= LIKED].tolist())
    names = {
        item: MetItem(external_id, title or external_id, is_liked=item in liked)
        for item, external_id, title in zip(items.tolist(), external_ids, titles, strict=True)
    }
    history = history_of(items, said, times, fading, felt=as_floats(sentiment))
    return Past(condense(history), names, items[said > 0]), ids_from(seen)


def load_statements(user_id: int) -> list[Stated]:
    """Read the user's current statements that may be used. One query."""
    return [
        Stated(
            tag_id,
            key,
            names,
            pk,
            float(strength),
            int(polarity),
            is_said=bool(said),
            put_aside=float(before or 0.0),
        )
        for tag_id, key, names, pk, strength, polarity, said, before in fetch(
            STATEMENTS, {"user": user_id}
        )
    ]


def load_inline(workspace_id: int, given: Sequence[InlineStatement]) -> Inline:
    """Find the tags that came with a request, by key or by name in any language. One query.

    One that means the same as another counts as that one, unless that came along, too.
    """
    wanted = {one.tag.lower(): one for one in given}
    rows: Rows = fetch(INLINE_TAGS, {"workspace": workspace_id, "words": list(wanted)})
    stated, tags, fields = dict[int, Stated](), set[str](), set[str]()
    for named_key, named_names, tag_id, key, names, is_field in rows:
        names_it = [str(name).lower() for name in (named_key, *named_names.values())]
        words = [word for word in names_it if word in wanted]
        (fields if is_field else tags).update(words)
        if words and not is_field:
            one = wanted[words[0]]
            strength = one.polarity * one.strength
            stated[tag_id] = Stated(tag_id, key, names, None, strength, one.polarity, is_said=True)
    return Inline(
        list(stated.values()),
        unknown=len(wanted.keys() - tags - fields),
        fields=len(fields - tags),
    )


def load_tastes(user_id: int, space_id: int, dimensions: int) -> Tastes:
    """Read the user's directions of taste. One query."""
    rows = fetch(TASTES, {"user": user_id, "space": space_id})
    return Tastes(
        vectors=vectors_from([row[0] for row in rows], dimensions),
        weights=as_floats([row[1] for row in rows]),
        user_id=user_id,
        stored=len(rows),
    )


def no_tastes(dimensions: int) -> Tastes:
    """Return no taste at all."""
    return Tastes(np.empty((0, dimensions), np.float32), np.empty(0, np.float32))
