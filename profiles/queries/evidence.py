"""What the portraits of some users rest on, as arrays."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import MD5, Cast, Coalesce, Concat

from catalog.models import ItemTag, Tag
from core.arrays import Doubles, Ids, Indices
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.replay import Clock
from profiles.modelling.strength import Kinds, ages_of, fade, signed
from profiles.models import LOT, AspectReading, Interaction, Kind, User
from profiles.queries.base import compared_with
from profiles.queries.numbers import number_of

# Of how many users, drawn by lot, what everybody does is told.
SAMPLE = 2_000
# A phrase out of an item's text says less of what the item is than a tag it was given.
PHRASE_TRUST = 0.6


@dataclass(frozen=True, slots=True)
class Happenings:
    """The interactions of some users with all that was read in them, in the order of `acts`.

    Shapes: kind (T,), positions in `kinds`; value, sentiment and moment (T,), NaN where there
    is none; arrived and has_text (T,). Units: moment and arrived in seconds since 1970.
    """

    acts: Acts
    kinds: Kinds
    kind_names: tuple[str, ...]
    kind: Indices
    value: Doubles
    sentiment: Doubles
    moment: Doubles
    arrived: Doubles
    has_text: Any

    @property
    def clock(self) -> Clock:
        """When everything happened; what has no date happened when it arrived."""
        is_dated = ~np.isnan(self.moment)
        return Clock(
            moment=np.where(is_dated, self.moment, self.arrived),
            is_dated=is_dated,
            half_life=self.kinds.half_life[self.kind],
        )


@dataclass(frozen=True, slots=True)
class Spans:
    """Where in the clean text the mentions stand, row by row. Shapes: all (M,)."""

    start: Ids
    end: Ids


def happened_by(interactions: QuerySet[Any, Any], day: datetime) -> QuerySet[Any, Any]:
    """Keep what had happened by then. What has no date happened when it arrived."""
    dated = interactions.alias(happened=Coalesce("happened_at", "received_at"))
    found: QuerySet[Any, Any] = dated.filter(happened__lte=day)
    return found


def load_happenings(
    workspace_id: int, user_ids: Iterable[int], *, until: datetime | None = None
) -> Happenings:
    """Return what these users did, as signed and faded strengths. Two queries.

    With `until`, only what had happened by then, as it was faded then; what has no date
    happened when it arrived.

    A user's interactions fade against their own newest one, and not against the clock or
    against others': nobody's portrait changes because somebody else did something, and one who
    stays away keeps the taste they left with.
    """
    names, ids, kinds = _load_kinds(workspace_id)
    interactions = _interactions(workspace_id, user_ids)
    if until is not None:
        interactions = happened_by(interactions, until)
    rows = list(interactions)
    columns = list(zip(*rows, strict=True)) if rows else [()] * 10
    kind = _ids(ids, columns[3])
    value, sentiment = _numbers(columns[4]), _numbers(columns[6])
    moment = _numbers([_seconds(at) for at in columns[5]])
    user = np.array(columns[1], dtype=np.int64)
    age = ages_of(user, moment)
    has_text = np.array([bool(text) for text in columns[7]], dtype=bool)
    acts = Acts(
        id=np.array(columns[0], dtype=np.int64),
        user=user,
        item=np.array(columns[2], dtype=np.int64),
        signed=signed(value, kind, kinds, sentiment=sentiment),
        fade=fade(age, kind, kinds),
        age=np.nan_to_num(age),
        is_read=~np.isnan(sentiment),
        piece=np.array(columns[8], dtype=np.int64),
    )
    arrived = np.array([at.timestamp() for at in columns[9]], dtype=np.float64)
    return Happenings(acts, kinds, names, kind, value, sentiment, moment, arrived, has_text)


def load_bearings(item_ids: Iterable[int]) -> Bearings:
    """Return the tags of these items that may stand in a portrait, by number. One query.

    None that a single item bears: to like it were to like the item.
    """
    others = ItemTag.objects.filter(tag=OuterRef("tag")).exclude(item=OuterRef("item"))
    rows = list(
        ItemTag.objects.filter(
            Exists(others),
            item_id__in=list(item_ids),
            tag__is_blocked=False,
            tag__is_field=False,
        )
        .annotate(trust=Case(When(tag__source=Tag.Source.PHRASE, then=PHRASE_TRUST), default=1.0))
        .order_by("item_id", "tag_id")
        .values_list("item_id", number_of("tag__key"), F("confidence") * F("trust"))
    )
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Bearings(
        item=table[:, 0].astype(np.int64), tag=table[:, 1].astype(np.int64), confidence=table[:, 2]
    )


def load_mentions(workspace_id: int, user_ids: Iterable[int]) -> tuple[Mentions, Spans]:
    """Return the aspects that these users' reviews judge, with their places. One query.

    Tags are given by number.

    Readings of a text that has changed since are left out: their places would be wrong.
    """
    rows = list(
        AspectReading.objects.filter(
            reading__review__interaction__user_id__in=list(user_ids),
            reading__review__workspace_id=workspace_id,
            reading__content_hash=F("reading__review__content_hash"),
            tag__is_blocked=False,
        )
        .order_by("reading__review_id", "start", number_of("tag__key"))
        .values_list("reading__review_id", number_of("tag__key"), "polarity", "start", "end")
    )
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    places = table[:, [0, 1, 3, 4]].astype(np.int64)
    return (
        Mentions(act=places[:, 0], tag=places[:, 1], polarity=table[:, 2]),
        Spans(start=places[:, 2], end=places[:, 3]),
    )


def sample_of(workspace_id: int) -> QuerySet[Any, Any]:
    """Return the ids of the users who stand for everybody: SAMPLE of them, drawn by lot.

    Of those who have done anything and whom staff have not left out, the ones with the lowest
    lots. A lot follows from the outer id alone: the same users give the same sample in whatever
    order they were stored, each is as likely in it as any other, and one who comes or goes moves
    one place at most.
    """
    has_done = Exists(Interaction.objects.filter(user=OuterRef("pk")))
    users = compared_with(workspace_id).filter(has_done).order_by(LOT)
    return users.values_list("pk", flat=True)[:SAMPLE]


def fingerprint_of(workspace_id: int) -> tuple[Hashable, ...]:
    """Return the workspace's id and values that change whenever its sample's evidence does.

    Exact, and no guess by age: whatever a portrait rests on raises its user's revision, and who
    is in the sample at which revision is all in the digest. Two queries.
    """
    sample = User.objects.filter(pk__in=sample_of(workspace_id))
    seen = Concat(Cast("pk", CharField()), Value("@"), Cast("evidence_revision", CharField()))
    told = sample.aggregate(digest=MD5(StringAgg(seen, ",", order_by="pk")))
    kinds = Kind.objects.filter(workspace_id=workspace_id).order_by("pk")
    columns = ("pk", "polarity", "weight", "value_middle", "value_best")
    return workspace_id, told["digest"], tuple(kinds.values_list(*columns))


def _interactions(workspace_id: int, user_ids: Iterable[int]) -> QuerySet[Any, Any]:
    return (
        Interaction.objects.filter(workspace_id=workspace_id, user_id__in=list(user_ids))
        .order_by(
            "user_id",
            Coalesce("happened_at", "received_at"),
            "item__external_id",
            "kind__name",
            "event_key",
        )
        .values_list(
            "pk",
            "user_id",
            "item_id",
            "kind_id",
            "value",
            "happened_at",
            "review__reading__sentiment",
            "review__content_hash",
            Coalesce("review__duplicate_of_id", "pk"),
            "received_at",
        )
    )


def _load_kinds(workspace_id: int) -> tuple[tuple[str, ...], Ids, Kinds]:
    """The workspace's kinds by name, their ids and their columns, all sorted by id."""
    rows = list(Kind.objects.filter(workspace_id=workspace_id).order_by("pk"))
    columns = {
        "polarity": [row.polarity for row in rows],
        "weight": [row.weight for row in rows],
        "half_life": [row.half_life_days for row in rows],
        "middle": _or_nan(row.value_middle for row in rows),
        "best": _or_nan(row.value_best for row in rows),
    }
    kinds = Kinds(**{name: np.array(values, dtype=float) for name, values in columns.items()})
    ids = np.array([row.pk for row in rows], dtype=np.int64)
    return tuple(row.name for row in rows), ids, kinds


def _ids(known: Ids, wanted: Sequence[int]) -> Indices:
    return np.searchsorted(known, np.array(wanted, dtype=np.int64))


def _numbers(values: Iterable[float | None]) -> Doubles:
    return np.array(_or_nan(values), dtype=np.float64)


def _or_nan(values: Iterable[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
