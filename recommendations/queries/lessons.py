"""What a workspace can be learnt from: its interactions as a log, and its items' content."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy.sparse import csr_array

from accounts.models import Workspace
from catalog.models import Space
from core.arrays import Bools, Doubles, Floats, Ids, Indices, as_floats, places_in
from profiles.modelling.strength import Kinds, signed
from profiles.models import Kind
from profiles.queries.base import left_out_of
from profiles.queries.calibrations import calibration_used
from recommendations.binary import copied_row
from recommendations.engine.learned import Content
from recommendations.engine.log import Log, strongest
from recommendations.queries.copying import copied, gathered
from recommendations.queries.drawing import Drawer
from recommendations.queries.members import load_grouper
from recommendations.queries.sequences import running_sequence

ITEMS = "SELECT id FROM catalog_item WHERE workspace_id = {workspace} ORDER BY id"

# Sentiment is a strength where a kind says nothing by itself; elsewhere validation decides.
INTERACTIONS = """
SELECT met.id, met.user_id, met.item_id, met.kind_id,
       coalesce(met.value, 'NaN'::float8),
       extract(epoch FROM coalesce(met.happened_at, met.received_at))::float8,
       coalesce(reading.sentiment, 'NaN'::float8)
FROM profiles_interaction AS met
LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
WHERE met.workspace_id = {workspace}
"""
INTERACTION = copied_row(
    ("id", ">i8"),
    ("user", ">i8"),
    ("item", ">i8"),
    ("kind", ">i8"),
    ("value", ">f8"),
    ("time", ">f8"),
    ("sentiment", ">f8"),
)

VECTORS = "SELECT item_id, vector FROM catalog_itemvector WHERE space_id = {space}"

ITEM_TAGS = """
SELECT item_tag.item_id, item_tag.tag_id, item_tag.confidence
FROM catalog_itemtag AS item_tag JOIN catalog_tag AS tag ON tag.id = item_tag.tag_id
WHERE item_tag.workspace_id = {workspace} AND NOT tag.is_blocked
"""
ENTERED = """
SELECT id, extract(epoch FROM created_at)::float8 FROM catalog_item WHERE workspace_id = {workspace}
"""
ITEM_ENTERED = copied_row(("item", ">i8"), ("entered", ">f8"))

ITEM_TAG = copied_row(("item", ">i8"), ("tag", ">i8"), ("confidence", ">f8"))


@dataclass(frozen=True, slots=True)
class Lesson:
    """All interactions of a workspace.

    Shapes: items (I,) and people (U,), the ids at the log's positions, ascending.

    The log holds each user, item and sign once, as strongly as it was ever said; `interactions`
    counts the rows it came from, `erasures` the users who had been erased before it was read, and
    `sequence` names the sequence model that ran then.
    """

    log: Log
    items: Ids
    people: Ids
    interactions: int
    last_interaction_id: int
    erasures: int
    sequence: str = ""

    @property
    def until(self) -> datetime | None:
        """The moment of the newest interaction."""
        if not len(self.log):
            return None
        return datetime.fromtimestamp(float(self.log.times.max()), tz=UTC)


def list_item_ids(workspace_id: int) -> Ids:
    """Return the ids of the workspace's items, ascending. One query. Shapes: returns (I,)."""
    rows = gathered(ITEMS, {"workspace": workspace_id}, copied_row(("id", ">i8")))
    return rows["id"].astype(np.int64)


def load_lesson(workspace_id: int) -> Lesson:
    """Read the items and interactions of a workspace. Six queries, two of them COPY.

    Users whom staff have left out teach nobody anything; their rows are counted all the same.

    Memory: about 60 bytes an interaction, twice that for a moment.
    """
    erasures = Workspace.objects.values_list("erasures", flat=True).get(pk=workspace_id)
    sequence = running_sequence(workspace_id)
    kinds = list(Kind.objects.filter(workspace_id=workspace_id).order_by("pk"))
    here = {"workspace": workspace_id}
    items = list_item_ids(workspace_id)
    parts = [_columns(part, kinds, items) for part in copied(INTERACTIONS, here, INTERACTION)]
    ids, users, places, weights, times, felt = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    counted = np.flatnonzero(~np.isin(users, left_out_of(workspace_id)))
    order = counted[np.lexsort((ids[counted], times[counted]))]
    people, numbers = np.unique(users[order], return_inverse=True)
    return Lesson(
        log=strongest(
            Log(
                users=numbers,
                items=places[order],
                weights=as_floats(weights[order]),
                times=times[order],
                n_users=len(people),
                n_items=len(items),
                felt=as_floats(felt[order]),
            )
        ),
        items=items,
        people=people.astype(np.int64),
        interactions=len(ids),
        last_interaction_id=int(ids.max(initial=0)),
        erasures=erasures,
        sequence=sequence,
    )


def _columns(
    rows: np.ndarray, kinds: list[Kind], items: Ids
) -> tuple[Ids, Ids, Ids, Floats, Doubles, Doubles]:
    """Turn one slice into ids, users, places of items, signed strengths, times and sentiment.

    Items that came while the interactions were read are left for the next lesson.
    """
    places, known = _places(rows["item"], items)
    rows = rows[known]
    kind = np.searchsorted([one.pk for one in kinds], rows["kind"])
    strengths = signed(
        rows["value"].astype(np.float64),
        kind,
        _kinds(kinds),
        sentiment=rows["sentiment"].astype(np.float64),
    )
    return (
        rows["id"].astype(np.int64),
        rows["user"].astype(np.int64),
        places.astype(np.int64),
        as_floats(strengths),
        rows["time"].astype(np.float64),
        rows["sentiment"].astype(np.float64),
    )


def _kinds(kinds: list[Kind]) -> Kinds:
    def column(name: str) -> Doubles:
        return np.array([getattr(one, name) for one in kinds], dtype=np.float64)

    return Kinds(
        polarity=column("polarity"),
        weight=column("weight"),
        half_life=column("half_life_days"),
        middle=column("value_middle"),
        best=column("value_best"),
    )


def load_content(workspace_id: int, items: Ids) -> Content:
    """Read the vectors in the active space and the tags of `items`, and when they were
    entered. At most five queries.

    Users are portrayed by those tags and the workspace's curves; see `Drawer`.
    """
    space = Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE).first()
    tags = _tags(workspace_id, items)
    curves = calibration_used(workspace_id).curves
    return Content(
        entered=_entered(workspace_id, items),
        group=load_grouper(workspace_id),
        vectors=None if space is None else _vectors(space, items),
        tags=None if tags is None else tags.table,
        portray=None if tags is None else Drawer(tags.table, curves=curves),
        tag_ids=None if tags is None else tags.ids,
    )


def _entered(workspace_id: int, items: Ids) -> Doubles:
    """Return when each item was entered; what has just gone never was. Shapes: returns (I,)."""
    rows = gathered(ENTERED, {"workspace": workspace_id}, ITEM_ENTERED)
    places, known = _places(rows["item"], items)
    found = np.full(len(items), np.inf)
    found[places] = rows["entered"][known]
    return found


def _vectors(space: Space, items: Ids) -> Floats | None:
    layout = np.dtype(
        [
            *copied_row(("item", ">i8")).descr,
            ("length", ">i4"),
            ("header", ">i4"),
            ("vector", ">f4", (space.dimensions,)),
        ]
    )
    laid = np.zeros((len(items), space.dimensions), dtype=np.float32)
    found = 0
    for rows in copied(VECTORS, {"space": space.pk}, layout):
        places, known = _places(rows["item"], items)
        laid[places] = rows["vector"][known]
        found += len(places)
    return laid if found else None


@dataclass(frozen=True, slots=True)
class _Tags:
    """Who bears what. Shapes: table (I, G); ids (G,), the tags' own."""

    table: csr_array
    ids: Ids


def _tags(workspace_id: int, items: Ids) -> _Tags | None:
    rows = gathered(ITEM_TAGS, {"workspace": workspace_id}, ITEM_TAG)
    places, known = _places(rows["item"], items)
    if not len(places):
        return None
    tags, numbers = np.unique(rows["tag"][known], return_inverse=True)
    shape = (len(items), len(tags))
    table = csr_array((as_floats(rows["confidence"][known]), (places, numbers)), shape=shape)
    return _Tags(table, tags.astype(np.int64))


def _places(wanted: np.ndarray, items: Ids) -> tuple[Indices, Bools]:
    """Return where the known ones stand in `items`, and which those are."""
    places, known = places_in(wanted, items)
    return places[known], known
