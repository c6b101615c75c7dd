"""Store what was learnt, and switch to it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Model

from accounts.models import Workspace
from catalog.models import Item, Tag
from core.arrays import Bools, Doubles, Floats, Ids
from core.errors import ConflictError
from core.holding import hold
from profiles.models import Segment
from recommendations import binary
from recommendations.engine.blend import BlendConfig
from recommendations.engine.company import CompanyConfig
from recommendations.engine.factors import FactorsConfig
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import MORE, Learned
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.sequence import SOURCE
from recommendations.engine.stated import LinksConfig
from recommendations.models import Fit
from recommendations.queries.fits import VERSION
from recommendations.queries.lessons import Lesson
from recommendations.queries.rankers import ranker_from
from recommendations.queries.sequences import settings_of
from recommendations.sequence_files import Kept
from recommendations.services.clearing import clear_away, let_go
from recommendations.services.companions import store_company
from recommendations.services.spaces import Places, store_space

GONE = -1

COPY_NEIGHBOURS = (
    "COPY recommendations_neighbours (workspace_id, fit_id, item_id, neighbour_ids, weights)"
    " FROM STDIN (FORMAT binary)"
)
COPY_LINKS = (
    "COPY recommendations_taglinks (workspace_id, fit_id, tag_id, item_ids, weights)"
    " FROM STDIN (FORMAT binary)"
)
COPY_FAVOURITES = (
    "COPY recommendations_segmentfavourites (workspace_id, fit_id, segment_id, item_ids, weights)"
    " FROM STDIN (FORMAT binary)"
)
COPY_POPULARITY = (
    "COPY recommendations_popularity (workspace_id, fit_id, item_id, overall, recent{more})"
    " FROM STDIN (FORMAT binary)"
)


def config_of(learned: Learned) -> dict[str, Any]:
    """Return the choices as plain values; `choices_of` reads them back."""
    return {
        "neighbours": asdict(learned.neighbours.config),
        "history": asdict(learned.history),
        "recent": asdict(learned.recent_config),
        "blend": learned.blend.as_json(),
        "links": asdict(learned.links.config),
        "factors": None if learned.factors is None else asdict(learned.factors.config),
        "ranker": None if learned.ranker is None else dict(learned.ranker.settings),
        "sequence": learned.sequence,
        "compared": None if learned.compared is None else asdict(learned.compared),
    }


def choices_of(fit: Fit) -> Learned:
    """Return the choices of a stored fit, fitted on nothing, its ranker among them."""
    factors, compared = fit.config.get("factors"), fit.config.get("compared")
    blend = BlendConfig.from_json(fit.config["blend"])
    learned = Learned.of_choices(
        neighbours=NeighboursConfig(**fit.config["neighbours"]),
        history=HistoryConfig(**fit.config["history"]),
        recent=PopularityConfig(**fit.config["recent"]),
        blend=blend,
        report={},
        links=LinksConfig(**fit.config.get("links", {})),
        ranker=ranker_from(fit.pk, fit.ranker, fit.config.get("ranker")),
        factors=FactorsConfig(**factors) if factors else None,
        more=tuple(name for name in MORE if blend.uses(name)),
        compared=CompanyConfig(**compared) if compared else None,
    )
    return replace(learned, sequence=fit.config.get("sequence", ""))


@transaction.atomic
def store_lost(
    *, workspace_id: int, lesson: Lesson, learned: Learned, report: dict[str, Any]
) -> Fit:
    """Keep a fit's report only, since the serving one does better."""
    fit = _new(workspace_id, lesson, learned, report)
    fit.state, fit.ranker = Fit.State.LOST, ""
    fit.save()
    return fit


def store_serving(
    *,
    workspace_id: int,
    lesson: Lesson,
    learned: Learned,
    report: dict[str, Any],
    now: datetime,
    instead_of: int | None,
    tag_ids: Ids | None = None,
    segments: Ids | None = None,
    sequence: Kept | None = None,
) -> Fit:
    """Store a fit with its neighbours, links and popularity, and let it serve from now on.

    `instead_of` is the fit that it was compared with; `tag_ids` (G,) are the tags that the links
    are of, where there are any, and `segments` (S,) those that the favourites are of; `sequence` is
    the model that the fit counts on.

    All or nothing. The two fits that served last keep their rows, so that one can go back (see
    `rollback`), unless somebody has been erased since; those of older ones are deleted after the
    switch, where nobody waits for it.
    Raises ConflictError where another fit than `instead_of` serves by now.
    """
    with transaction.atomic():
        fit = _new(workspace_id, lesson, learned, report)
        fit.save()
        _store(fit, lesson, learned, tag_ids, segments, sequence)
        _take_over(workspace_id, instead_of)
        fit.state, fit.served_at = Fit.State.SERVING, now
        fit.save(update_fields=["state", "served_at", "report"])
        let_go(fit)
    clear_away(workspace_id)
    return fit


def _store(
    fit: Fit,
    lesson: Lesson,
    learned: Learned,
    tag_ids: Ids | None,
    segments: Ids | None,
    sequence: Kept | None,
) -> None:
    """Store the rows of a fit, without items, tags, segments and users that are gone by now."""
    alive = _still_there(Item, lesson.items) != GONE
    fit.report = fit.report | {"items": int(alive.sum())}
    kept_rows = _Rows(lesson.items, alive)
    neighbours = learned.neighbours
    _copy_arrays(
        COPY_NEIGHBOURS, fit, kept_rows.keys, kept_rows, neighbours.ids, neighbours.weights
    )
    if tag_ids is not None and len(learned.links.ids):
        tags = _still_there(Tag, tag_ids)
        _copy_arrays(COPY_LINKS, fit, tags, kept_rows, learned.links.ids, learned.links.weights)
    if segments is not None and learned.favourites is not None:
        there, found = _still_there(Segment, segments), learned.favourites
        _copy_arrays(COPY_FAVOURITES, fit, there, kept_rows, found.ids, found.weights)
    _copy_popularity(fit, lesson.items, learned, alive)
    if learned.company is not None:
        store_company(fit, learned.company, lesson, alive)
    _place(fit, lesson.items, learned, alive)
    if sequence is not None:
        _place_sequence(fit, lesson.items[alive], learned.sequence, sequence)


def _still_there(model: type[Model], ids: Ids) -> Ids:
    """Return the ids, GONE for those of rows that are gone; the others stay till the end."""
    return np.where(np.isin(ids, list(hold(model, ids.tolist()))), ids, GONE)


def _place(fit: Fit, items: Ids, learned: Learned, alive: Bools) -> None:
    if learned.factors is not None:
        placed = learned.factors
        settings = {"trust": placed.config.trust, "ridge": placed.config.ridge}
        vectors = placed.vectors[alive]
        store_space(fit, Places("factors", items[alive], vectors, settings, placed.table))


def _place_sequence(fit: Fit, items: Ids, model: str, kept: Kept) -> None:
    alive = np.isin(kept.ids, items)
    settings, table = settings_of(kept, model), kept.network.flat()
    store_space(fit, Places(SOURCE, kept.ids[alive], kept.vectors[alive], settings, table))


def _take_over(workspace_id: int, instead_of: int | None) -> None:
    """Retire the fit that serves, if it is still the one that the new one was compared with."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
    serving = Fit.objects.filter(workspace_id=workspace_id, state=Fit.State.SERVING)
    if serving.values_list("pk", flat=True).first() != instead_of:
        raise ConflictError("Another fit came to serve while this one was learnt.")
    serving.update(state=Fit.State.RETIRED)


def forget(workspace_id: int) -> int:
    """Delete everything that was learnt, where nothing is left to learn from. Returns the fits."""
    return Fit.objects.filter(workspace_id=workspace_id).delete()[1].get(Fit._meta.label, 0)


def _new(workspace_id: int, lesson: Lesson, learned: Learned, report: dict[str, Any]) -> Fit:
    return Fit(
        workspace_id=workspace_id,
        version=VERSION,
        config=config_of(learned) | {"sequence_known": lesson.sequence},
        report=report,
        ranker="" if learned.ranker is None else learned.ranker.text,
        interactions=lesson.interactions,
        last_interaction_id=lesson.last_interaction_id,
        erasures=lesson.erasures,
        data_until=lesson.until,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The items that a fit was learnt on, and which of them are still there. Shapes: both (I,)."""

    items: Ids
    alive: Bools

    @property
    def keys(self) -> Ids:
        """Their ids, GONE for those that are not there any more."""
        return np.where(self.alive, self.items, GONE)


def _copy_arrays(sql: str, fit: Fit, keys: Ids, rows: _Rows, ids: Ids, weights: Floats) -> None:
    """Store rows of items that belong to a key, without keys and items that are gone.

    Shapes: keys (N,); ids and weights (N, K), positions in the items, padded with -1.
    """
    owner = (binary.INT8.pack(fit.workspace_id), binary.INT8.pack(fit.pk))

    def laid() -> Iterator[bytes]:
        for row in np.flatnonzero(keys != GONE):
            kept = ids[row] >= 0
            kept[kept] = rows.alive[ids[row][kept]]
            if kept.any():
                yield binary.copy_row(
                    *owner,
                    binary.INT8.pack(keys[row]),
                    binary.ids_to(rows.items[ids[row][kept]]),
                    binary.floats_to(weights[row][kept]),
                )

    binary.copy_in(sql, laid())


def _copy_popularity(fit: Fit, items: Ids, learned: Learned, alive: np.ndarray) -> None:
    owner = (binary.INT8.pack(fit.workspace_id), binary.INT8.pack(fit.pk))
    columns: list[Floats | Doubles] = [learned.popular, learned.recent]
    if learned.arrived is not None:
        columns.append(learned.arrived)
    rows = (
        binary.copy_row(
            *owner,
            binary.INT8.pack(items[row]),
            *(binary.FLOAT8.pack(column[row]) for column in columns),
        )
        for row in np.flatnonzero(alive)
    )
    command = COPY_POPULARITY.format(more="" if learned.arrived is None else ", arrived")
    binary.copy_in(command, rows)
