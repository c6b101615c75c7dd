"""Find out whom a slate is for, and what may be used to make it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np

from core.arrays import Floats, Ids, as_floats
from language.quick import SPACE, encode_sentence
from recommendations.engine.rules import NOTHING
from recommendations.queries.askers import (
    Inline,
    Past,
    Stated,
    Tastes,
    load_inline,
    load_met,
    load_statements,
    load_tastes,
    no_tastes,
)
from recommendations.queries.candidates import load_named
from recommendations.queries.proposals import Asker
from recommendations.queries.standing import SpaceStanding, Standing
from recommendations.rows import SlateRequest, SlateWarning
from recommendations.services.hearing import hear, recall


@dataclass(frozen=True, slots=True)
class Barred:
    """Items that must not be shown: met before, or asked away and shown on earlier pages."""

    seen: Ids
    excluded: Ids


def meet(
    standing: Standing,
    request: SlateRequest,
    shown: Ids,
    warnings: list[SlateWarning],
    *,
    now: datetime,
    spoken_for: UUID | None = None,
) -> tuple[Asker, Barred]:
    """Gather all that may be used about who asks, and the items they must not be shown.

    A paused user is served as nobody in particular: nothing stored or sent about them counts.
    `spoken_for` is the page before, where a stranger's words led to it.
    Three queries for a known user; one more where statements came along, and one where the caller
    excludes items.
    """
    known = standing.user_id
    if standing.is_paused:
        known, request = None, replace(request, statements=(), text="")
    past, seen = Past(), NOTHING
    if known is not None:
        past, seen = load_met(known, standing.history, now=now)
    statements = _statements(standing, known, request, warnings)
    tastes = _tastes(standing, known, request, warnings, spoken_for)
    excluded = load_named(standing.workspace_id, request.exclude_ids)
    barred = Barred(seen, np.concatenate([excluded, shown]))
    asker = Asker(
        standing=standing,
        past=past,
        statements=statements,
        tastes=tastes,
        barred=np.unique(np.concatenate([barred.seen, barred.excluded])),
        length=request.length,
        now=now,
    )
    warnings += _who_is_it(asker, request)
    return asker, barred


def _statements(
    standing: Standing, known: int | None, request: SlateRequest, warnings: list[SlateWarning]
) -> dict[int, Stated]:
    """Return what the user is believed to like; what came with the request has the last word."""
    stated = {} if known is None else {one.tag_id: one for one in load_statements(known)}
    if request.statements:
        inline = load_inline(standing.workspace_id, request.statements)
        stated |= {one.tag_id: one for one in inline.stated}
        warnings += _unusable(inline)
    return stated


def _unusable(inline: Inline) -> list[SlateWarning]:
    """Say which of the words that came with a request name nothing that an item could bear."""
    found = []
    if inline.unknown:
        message = f"{inline.unknown} of the statements name no tag of this workspace's vocabulary."
        found.append(SlateWarning("unknown_tags", message))
    if inline.fields:
        message = (
            f"{inline.fields} of the statements name an interest field, which is no tag: name "
            "tags that stand under it, or filter by fields."
        )
        found.append(SlateWarning("unknown_tags", message))
    return found


def _tastes(
    standing: Standing,
    known: int | None,
    request: SlateRequest,
    warnings: list[SlateWarning],
    spoken_for: UUID | None,
) -> Tastes | None:
    """Return the user's directions of taste, and that of the request's own words."""
    space = standing.space
    if space is None:
        return None
    tastes = no_tastes(space.dimensions)
    if known is not None:
        tastes = load_tastes(known, space.id, space.dimensions)
    spoken = None
    if request.text.strip():
        spoken = _spoken(standing.workspace_id, space, request.text, warnings)
    elif spoken_for is not None:
        spoken = _remembered(space, spoken_for, warnings)
    if spoken is None:
        return tastes
    return replace(
        tastes,
        vectors=as_floats(np.vstack([tastes.vectors, spoken])),
        weights=as_floats(np.append(tastes.weights, 1.0)),
    )


def _remembered(
    space: SpaceStanding, slate_id: UUID, warnings: list[SlateWarning]
) -> Floats | None:
    """Return the direction of the words that led to a page; where it is gone, say so.

    Shapes: returns (D,).
    """
    vector = recall(space, slate_id)
    if vector is None:
        message = (
            "The text that the first page was asked for with is not kept any more: send the "
            "request anew, with the text, and in exclude_ids what was shown."
        )
        warnings.append(SlateWarning("text_gone", message))
    return vector


def _spoken(
    workspace_id: int, space: SpaceStanding, text: str, warnings: list[SlateWarning]
) -> Floats | None:
    """Return the direction of the request's own words; where none is known yet, say so.

    In the default space it is found here, in any other by a worker. Shapes: returns (D,).
    """
    if (space.encoder, space.revision) == SPACE:
        return encode_sentence(text)
    heard = hear(workspace_id, space, text)
    if heard.is_pending:
        message = "The text was not used yet: a worker is reading it. Ask again in a moment."
        warnings.append(SlateWarning("text_pending", message))
    elif heard.vector is None:
        message = "The text was not used: no worker reads it in the space that serves now."
        warnings.append(SlateWarning("text_unread", message))
    return heard.vector


def _who_is_it(asker: Asker, request: SlateRequest) -> list[SlateWarning]:
    """Say where the list can be less personal than the caller may expect."""
    standing, found = asker.standing, []
    if standing.fit is None:
        message = "Nothing was learnt here yet; the sources are weighed by default."
        found.append(SlateWarning("no_fit", message))
    knows_something = bool(
        len(asker.past.history) or asker.statements or (asker.tastes is not None and asker.tastes)
    )
    if standing.is_paused:
        message = "This user is not profiled: the list is the same for everyone."
        found.append(SlateWarning("paused", message))
    elif request.user is not None and standing.user_id is None:
        message = "No user of this id is known here."  # it is stored: the id must not be
        found.append(SlateWarning("unknown_user", message))
    elif not knows_something and standing.user_id is not None:
        message = "Nothing is known of this user's taste yet."
        found.append(SlateWarning("cold_user", message))
    if not knows_something and not standing.is_paused:
        message = "The list is not personal: it holds what is popular."
        found.append(SlateWarning("not_personal", message))
    return found
