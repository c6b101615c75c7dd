"""Fit what was chosen to a log."""

from dataclasses import replace
from typing import Any

from core.arrays import Doubles, Indices
from recommendations.engine.company import Company, has_room
from recommendations.engine.factors import Placed
from recommendations.engine.favourites import Favourites
from recommendations.engine.learned import Content, Learned, Portrayed
from recommendations.engine.log import Log, last_moment
from recommendations.engine.neighbours import Neighbours, fit_neighbours
from recommendations.engine.newest import arrivals, tells_apart
from recommendations.engine.popular import popularity, popularity_by
from recommendations.engine.stated import fit_links, no_links


def refit(
    learned: Learned,
    log: Log,
    *,
    portrayed: Portrayed | None = None,
    content: Content | None = None,
    items: Indices | None = None,
    neighbours: Neighbours | None = None,
) -> Learned:
    """Fit the same choices on `log`. What was fitted on other rows is forgotten.

    See `fitted_parts`.
    """
    parts = fitted_parts(
        learned, log, portrayed=portrayed, content=content, items=items, neighbours=neighbours
    )
    return replace(learned, **parts)


def fitted_parts(
    learned: Learned,
    log: Log,
    *,
    portrayed: Portrayed | None = None,
    content: Content | None = None,
    items: Indices | None = None,
    neighbours: Neighbours | None = None,
) -> dict[str, Any]:
    """Return what `refit` puts into the choices: all that is fitted on `log`, by name.

    Neighbours of a large catalogue are found for `items` alone, where given: to score some users,
    those that they met will do; the texts in `content` have the say there that they were given.
    `neighbours`, where given, are those of the same choice on the same
    log, and not fitted again. Links from statements are fitted where `portrayed` is what the log's
    rows give of all U users; factors where they are among the choices.
    """
    now = last_moment(log)
    links = no_links(learned.links.config)
    if portrayed is not None:
        links = fit_links(portrayed.stated, portrayed.borne, log, learned.links.config)
    if neighbours is None:
        config, vectors = learned.neighbours.config, None if content is None else content.vectors
        neighbours = fit_neighbours(log, config, items=items, vectors=vectors)
    return {
        "neighbours": neighbours,
        "popular": popularity(log, now=now),
        "recent": popularity_by(log, learned.recent_config, now=now),
        "links": links,
        "factors": None if learned.factors is None else Placed.of(log, learned.factors.config),
        "arrived": _arrived(log, content) if "new" in learned.more else None,
        "favourites": _favourites(learned, log, content) if "segment" in learned.more else None,
        "company": _company(learned, log) if "company" in learned.more else None,
    }


def fitted_choices(learned: Learned) -> tuple[object, ...]:
    """Return the choices that `fitted_parts` goes by: with the same ones it finds the same."""
    factors = None if learned.factors is None else learned.factors.config
    return (
        learned.neighbours.config,
        learned.recent_config,
        learned.links.config,
        factors,
        learned.compared,
        learned.more,
    )


def _arrived(log: Log, content: Content | None) -> Doubles | None:
    found = arrivals(log, None if content is None else content.entered)
    return found if tells_apart(found) else None


def _favourites(learned: Learned, log: Log, content: Content | None) -> Favourites | None:
    if content is None or content.group is None:
        return None
    groups = content.group(log)
    return Favourites.of(log, groups, learned.recent_config) if groups.count else None


def _company(learned: Learned, log: Log) -> Company | None:
    if learned.compared is None or not has_room(log):
        return None
    return Company.of(log, learned.compared)
