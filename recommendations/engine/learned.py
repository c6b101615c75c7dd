"""What was learnt for a workspace, and how it scores the whole catalogue for many users."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.blend import BlendConfig, blend_rows
from recommendations.engine.company import Company, CompanyConfig
from recommendations.engine.factors import FactorsConfig, Placed
from recommendations.engine.favourites import Favourites, Groups
from recommendations.engine.history import HistoryConfig
from recommendations.engine.log import Log
from recommendations.engine.neighbours import Neighbours, NeighboursConfig
from recommendations.engine.newest import freshness, new_within
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.reranking import Ask, ServedRanker
from recommendations.engine.sequence import SOURCE, Foreteller
from recommendations.engine.stated import Links, LinksConfig, no_links
from recommendations.engine.tastes import taste_rows
from recommendations.engine.trending import rising

# What is asked of the portrait only where it was found to add to everything else.
PORTRAIT = ("portrait",)
# Let in one after the other, in this order, where each adds to all that is there.
MORE = ("trending", "segment", "new", "company")
# What costs a request queries of its own, or is to earn its place, is asked only where it counts.
WEIGHED = (*PORTRAIT, "factors", SOURCE, *MORE)


@dataclass(frozen=True, slots=True)
class Portrayed:
    """What is stated of users, and which items bear what is stated.

    Shapes: stated (U, G), each statement's signed strength; borne (I, G), how surely an item
    bears a tag.
    """

    stated: csr_array
    borne: csr_array

    def of(self, users: Ids | Indices) -> Self:
        """Return the portraits of some users, in the order given."""
        return replace(self, stated=csr_array(self.stated[users]))


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of the items themselves, where anything is, and how users are portrayed.

    `portray` draws portraits from the rows of a log and from nothing else, so that no portrait
    knows what it is to foretell: those of the users it is given, and of enough others to learn
    from. Without it the tags of a user's history stand in. `foretell` is a sequence model that may
    be judged, where the workspace has trained one. `group` parts the users of a log by its rows and
    by nothing else.

    Shapes: vectors (I, D) of unit rows, zero where an item has no text; tags (I, G), weights;
    tag_ids (G,), where the tags have ids of their own; entered (I,), when each item was entered,
    in unix seconds, where that is known.
    """

    vectors: Floats | None = None
    tags: csr_array | None = None
    portray: Callable[[Log, Ids], Portrayed] | None = None
    tag_ids: Ids | None = None
    foretell: Foreteller | None = None
    entered: Doubles | None = None
    group: Callable[[Log], Groups] | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything that serving needs, with a report of how it was chosen.

    Without a `ranker` the blend alone decides; without `factors` there are none to ask. `sequence`
    names the model that the blend's weight for it was learnt with, where it has one. `more` are the
    sources of `MORE` that are asked about, or in use; `compared` is how users are, for `company`.

    Shapes: popular and recent (I,), the scores of the two sources as of the last fit; arrived (I,),
    when each item came in, infinite where it had not. Units: arrived in unix seconds.
    """

    neighbours: Neighbours
    history: HistoryConfig
    recent_config: PopularityConfig
    blend: BlendConfig
    popular: Floats
    recent: Floats
    report: dict[str, Any] = field(default_factory=dict)
    links: Links = field(default_factory=no_links)
    ranker: ServedRanker | None = None
    factors: Placed | None = None
    sequence: str = ""
    more: tuple[str, ...] = ()
    arrived: Doubles | None = None
    favourites: Favourites | None = None
    compared: CompanyConfig | None = None
    company: Company | None = None

    @property
    def tries(self) -> int:
        """How many settings were measured on validation to arrive at these."""
        others = ("mixes_tried", "blends_tried", "rankers_tried")
        return len(self.report.get("tried", ())) + sum(
            int(self.report.get(one, 0)) for one in others
        )

    def asks(self, source: str) -> bool:
        """Say whether serving asks the source: some only where they have a weight."""
        return source not in WEIGHED or self.blend.uses(source)

    @classmethod
    def of_choices(
        cls,
        neighbours: NeighboursConfig,
        history: HistoryConfig,
        recent: PopularityConfig,
        blend: BlendConfig,
        report: dict[str, Any],
        *,
        links: LinksConfig | None = None,
        ranker: ServedRanker | None = None,
        factors: FactorsConfig | None = None,
        more: tuple[str, ...] = (),
        compared: CompanyConfig | None = None,
    ) -> Self:
        """Hold choices that nothing has been fitted to yet; `fitting.refit` fits them."""
        nothing = np.zeros(0, dtype=np.float32)
        unfitted = Neighbours(
            ids=np.empty((0, 0), dtype=np.int64),
            weights=np.empty((0, 0), dtype=np.float32),
            model=neighbours.model,
            config=neighbours,
        )
        placed = None if factors is None else Placed.nowhere(factors)
        return cls(
            neighbours=unfitted,
            history=history,
            recent_config=recent,
            blend=blend,
            popular=nothing,
            recent=nothing,
            report=report,
            links=no_links(links),
            ranker=ranker,
            factors=placed,
            more=more,
            compared=compared,
        )


def source_rows(
    learned: Learned,
    histories: csr_array,
    content: Content | None = None,
    *,
    portrayed: Portrayed | None = None,
    foretold: Floats | None = None,
) -> dict[str, Floats]:
    """Ask every source about many users at once.

    Shapes: histories (B, I); portrayed the same B users, where anybody draws them; foretold (B, I),
    what a sequence model says of them, where there is one; returns (B, I) each.
    """
    shape = histories.shape
    rows = {
        "neighbours": as_floats((histories @ learned.neighbours.table()).toarray()),
        "popular": np.broadcast_to(learned.popular, shape),
        "recent": np.broadcast_to(learned.recent, shape),
    }
    if learned.factors is not None:
        rows["factors"] = learned.factors.score(histories)
    rows |= content_rows(histories, content)
    if foretold is not None:
        rows[SOURCE] = foretold
    if portrayed is None:
        return rows | more_rows(learned, histories, rows)
    # Where items have tags of their own, those of the history tell more than the few stated.
    if "tags" not in rows:
        rows["tags"] = as_floats((portrayed.stated @ portrayed.borne.T).toarray())
    rows |= {"portrait": linked_rows(learned.links, portrayed)}
    return rows | more_rows(learned, histories, rows)


def more_rows(
    learned: Learned, histories: csr_array, rows: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Ask the sources that `learned.more` names, given what the others say of B users.

    One that can say nothing here, for want of groups, dates or seats, says 0 of everything: moments
    that are learnt from together must know the same sources. Shapes: histories, rows and returns
    (B, I) each.
    """
    found: dict[str, Floats] = {}
    nothing = np.broadcast_to(np.zeros(1, dtype=np.float32), histories.shape)
    if "trending" in learned.more:
        rises = rising(learned.popular, learned.recent)
        found["trending"] = np.broadcast_to(rises, histories.shape)
    if "segment" in learned.more:
        liked = learned.favourites
        found["segment"] = nothing if liked is None else liked.score(histories)
    if "new" in learned.more and {"taste", "tags"} & rows.keys():
        within = new_within(rows.get("tags"), rows.get("taste"))
        arrived = learned.arrived
        found["new"] = nothing if arrived is None else as_floats(freshness(arrived) * within)
    if "company" in learned.more:
        company = learned.company
        found["company"] = nothing if company is None else company.score(histories)
    return found


def linked_rows(links: Links, portrayed: Portrayed) -> Floats:
    """Ask what users of like statements took to, of B users. Shapes: returns (B, I)."""
    shape = (portrayed.stated.shape[0], portrayed.borne.shape[0])
    if not len(links.ids):
        return np.zeros(shape, dtype=np.float32)
    return as_floats((portrayed.stated @ links.table(shape[1])).toarray())


def content_rows(histories: csr_array, content: Content | None) -> dict[str, Floats]:
    """Ask the sources that go by the items' own content. Shapes: returns (B, I) each."""
    rows: dict[str, Floats] = {}
    if content is not None and content.vectors is not None:
        rows["taste"] = taste_rows(histories, content.vectors)
    if content is not None and content.tags is not None:
        rows["tags"] = as_floats((histories @ content.tags @ content.tags.T).toarray())
    return rows


def score_batch(
    learned: Learned,
    histories: csr_array,
    content: Content | None = None,
    *,
    barred: csr_array,
    portrayed: Portrayed | None = None,
    foretold: Floats | None = None,
) -> Floats:
    """Score the whole catalogue for many users.

    What serving gives to the items on its shortlists is the same, since no scale depends on what
    is cut off. Sources are scaled over what may be shown; `barred` items get some finite score.
    Where there is a ranker, it deals out the scores of the hundred best.

    Shapes: histories (B, I), faded signed weights; barred (B, I), an entry for each item that
    must not be shown; portrayed and foretold as `source_rows`; returns (B, I).
    """
    ask = ask_all(
        learned, histories, content, barred=barred, portrayed=portrayed, foretold=foretold
    )
    return ask.total if learned.ranker is None else ask.dealt(learned.ranker)


def ask_all(
    learned: Learned,
    histories: csr_array,
    content: Content | None = None,
    *,
    barred: csr_array,
    portrayed: Portrayed | None = None,
    foretold: Floats | None = None,
) -> Ask:
    """Ask every source, and blend what they say. Shapes: as `score_batch`."""
    rows = source_rows(learned, histories, content, portrayed=portrayed, foretold=foretold)
    told = {name: one for name, one in rows.items() if learned.asks(name)}
    return Ask(
        total=blend_rows(rows, learned.blend, met=liked_counts(histories), barred=barred),
        scored=told,
        histories=histories,
        barred=barred,
        popular=learned.popular,
        recent=learned.recent,
        ids=learned.neighbours.ids,
        links=learned.neighbours.weights,
        vectors=None if content is None else content.vectors,
    )


def liked_counts(histories: csr_array) -> Ids:
    """Return how many items of each history are liked. Shapes: histories (B, I); returns (B,)."""
    counts: Ids = np.asarray((histories > 0).sum(axis=1), dtype=np.int64).ravel()
    return counts
