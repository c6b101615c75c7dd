"""A workspace as what was computed for it, without ids and moments, so that two can be compared."""

import json
from collections import defaultdict
from typing import Any

import numpy as np

from catalog.models import Item, ItemTag, ItemVector, Space, Tag
from profiles.models import (
    Calibration,
    Evidence,
    Profile,
    ProfileVector,
    Reading,
    ReviewVector,
    Segment,
    SegmentRun,
    Statement,
)
from recommendations.models import Neighbours

USER, ITEM = "user__external_id", "item__external_id"
OF_REVIEW = ("review__interaction__user__external_id", "review__interaction__item__external_id")


def rows_of(workspace) -> dict[str, Any]:
    """Return what must be equal to the letter, by what it is."""
    here = {"workspace": workspace}
    cleaned = Item.objects.filter(**here).values_list("external_id", "clean_text", "language")
    tags = ItemTag.objects.filter(**here).values_list(
        ITEM, "tag__key", "words", "model", "confidence"
    )
    words = Tag.objects.filter(**here).values_list("key", "names", "merged_into__key", "topic")
    read = Reading.objects.filter(**here).values_list(*OF_REVIEW, "sentiment", "safety", "passages")
    aspects = Reading.objects.filter(**here, aspects__isnull=False).values_list(
        *OF_REVIEW, "aspects__tag__key", "aspects__start", "aspects__end", "aspects__polarity"
    )
    statements = Statement.objects.filter(**here, valid_until=None).values_list(
        USER, "tag__key", "polarity", "level", "status"
    )
    evidence = Evidence.objects.filter(**here, statement__valid_until=None).values_list(
        "statement__user__external_id",
        "statement__tag__key",
        "interaction__item__external_id",
        "quote",
        "weight",
    )
    figures = Profile.objects.filter(**here).values_list(USER, "behaviour", "sentiment", "oddities")
    described = Profile.objects.filter(**here).values_list(USER, "descriptions")
    tables = {
        "items": cleaned,
        "item tags": tags,
        "words": written(words),
        "readings": read,
        "aspects": aspects,
        "statements": statements,
        "evidence": evidence,
        "figures": written(figures),
        "descriptions": [
            (user, language, one["text"])
            for user, by_language in described
            for language, one in by_language.items()
        ],
    }
    return {name: sorted(rows) for name, rows in tables.items()} | {"segments": segments(workspace)}


def written(rows) -> list[tuple[str, ...]]:
    """Return rows as text, to the last digit, so that they can be put in order."""
    return [(str(row[0]), *(json.dumps(each, sort_keys=True) for each in row[1:])) for row in rows]


def drawn_of(workspace) -> dict[str, list[Any]]:
    """Return what is drawn from many users, of which small workspaces have nothing."""
    here = {"workspace": workspace}
    curves = Calibration.objects.filter(**here)
    parted = Segment.objects.filter(**here, size__gt=0)
    runs = SegmentRun.objects.filter(**here).order_by("finished_at", "pk")
    placed = Profile.objects.filter(**here, segment__isnull=False)
    statements = Statement.objects.filter(**here, valid_until=None)
    tables = {
        "interests": Tag.objects.filter(**here, source=Tag.Source.CLUSTER).values_list(
            "key", "names"
        ),
        "guesses": statements.filter(level=Statement.Level.LATENT).values_list(
            USER, "tag__key", "confidence"
        ),
        "curves": curves.values_list("version", "knots", "table", "error", "statements", "is_used"),
        "segments": parted.values_list("number", "names", "description", "size"),
        "places": placed.values_list(USER, "segment__number", "segment_distance", "segment_margin"),
        "tried": [("last", runs.last().report["tried"], runs.last().stability)],
    }
    return {name: sorted(written(rows)) for name, rows in tables.items()}


def segments(workspace) -> list[list[str]]:
    """Return the users of each segment."""
    members = defaultdict(list)
    placed = Profile.objects.filter(workspace=workspace, segment__isnull=False)
    for segment, user in placed.values_list("segment_id", USER):
        members[segment].append(user)
    return sorted(sorted(users) for users in members.values())


def numbers_of(workspace) -> dict[Any, np.ndarray]:
    """Return what must be equal but for rounding, by what it belongs to."""
    here = {"workspace": workspace}
    served = here | {"space__state": Space.State.ACTIVE}
    strengths = Statement.objects.filter(**here, valid_until=None)
    numbers = {
        ("statement", *row[:2]): np.array(row[2:])
        for row in strengths.values_list(USER, "tag__key", "strength", "confidence")
    }
    vectors = {
        "item": ItemVector.objects.filter(**served).values_list(ITEM, "vector"),
        "review": ReviewVector.objects.filter(**served).values_list(*OF_REVIEW, "vector"),
        "profile": ProfileVector.objects.filter(**served).values_list(USER, "slot", "vector"),
    }
    for name, rows in vectors.items():
        numbers |= {(name, *row[:-1]): np.array(row[-1]) for row in rows}
    return numbers | neighbours(workspace)


def neighbours(workspace) -> dict[Any, np.ndarray]:
    """Return each item's weights to its neighbours, by both names."""
    names = dict(Item.objects.filter(workspace=workspace).values_list("pk", "external_id"))
    serving = Neighbours.objects.filter(workspace=workspace, fit__state="serving")
    return {
        ("neighbour", names[item], names[neighbour]): np.array([weight])
        for item, ids, weights in serving.values_list("item_id", "neighbour_ids", "weights")
        for neighbour, weight in zip(ids, weights, strict=True)
        if abs(weight) > 0.02
    }
