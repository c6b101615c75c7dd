"""Draw the interests of a workspace: clusters of items, as tags that items bear."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import numpy as np
import structlog
from django.db import transaction
from scipy.sparse import csc_array, csr_array

from accounts.models import Workspace
from catalog.models import Item, ItemTag, Tag
from catalog.services.bearers import wait_to_tag
from catalog.services.clusters import Cluster, store_clusters
from core.arrays import Floats, Ids, as_floats
from profiles import versions
from profiles.modelling.interests import InterestConfig, interest_clusters
from profiles.models import Interaction
from profiles.queries.company import load_company
from profiles.services.readings import raise_evidence_about

log = structlog.get_logger(__name__)
CONFIG = InterestConfig()
# Fewer users or items than this agree by chance, and words tell their tastes better.
LEAST_USERS, LEAST_ITEMS = 200, 30
TAG = "tag "
# What somebody gave or wrote names an interest better than what was found in texts, where a rare
# word may stand by chance in the few items of a cluster and nowhere else.
GIVEN = frozenset({Tag.Source.GIVEN, Tag.Source.STAFF, Tag.Source.SHARED})
WORTH_OF_FOUND = 0.2
TAG_COLUMNS = ("pk", "key", "names", "source")
MOST_CENTRAL = 5
# What a cluster is called where its words alone do not set it apart: by two of its items too.
LIKE_THESE = {
    "en": "{words}, as in {first} and {second}",
    "zh": "{words}，如《{first}》《{second}》",
}


def draw_interests(workspace_id: int, *, now: datetime, least_users: int = LEAST_USERS) -> int:
    """Cluster the workspace's items by who took to them. Returns how many clusters there are.

    A cluster that was there before keeps its tag, and with it its name, its statements and what
    staff made of it. Whoever met an item that joined or left a cluster is due to be stated again.
    Where fewer than `least_users` took to anything, there are none. Safe to repeat.
    """
    last = _newest(workspace_id)
    clusters = _find(workspace_id, least_users)
    with transaction.atomic():
        wait_to_tag(workspace_id)
        moved = store_clusters(workspace_id, clusters, version=versions.INTERESTS)
        raise_evidence_about(moved)
        Workspace.objects.filter(pk=workspace_id).update(
            interests_seen=last, interests_version=versions.INTERESTS, interests_drawn_at=now
        )
    log.info("interests.drawn", workspace_id=workspace_id, clusters=len(clusters), items=len(moved))
    return len(clusters)


def _newest(workspace_id: int) -> int:
    rows = Interaction.objects.filter(workspace_id=workspace_id).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def _find(workspace_id: int, least_users: int) -> list[Cluster]:
    company = load_company(workspace_id)
    if len(company.users) < least_users or len(company.items) < LEAST_ITEMS:
        return []
    words = _load_words(workspace_id, company.items)
    found = interest_clusters(company.met, words.table, words.spellings, CONFIG, trust=words.trust)
    columns = found.memberships.tocsc()
    members = [_members(columns, place, company.items) for place in range(len(found.names))]
    titles = _load_titles({item for each in members for item in _central(each)})
    clusters: list[Cluster] = []
    taken: set[str] = set()
    for name, each in zip(found.names, members, strict=True):
        spoken = [titles[item] for item in _central(each) if titles.get(item)]
        names = _free_names(name, words.names, spoken, taken)
        if names:
            taken.add(repr(names))
            clusters.append(Cluster(names, each))
    return clusters


def _members(columns: csc_array, place: int, items: Ids) -> dict[int, float]:
    start, end = columns.indptr[place], columns.indptr[place + 1]
    rows, sure = columns.indices[start:end], columns.data[start:end]
    return {int(items[row]): round(float(value), 3) for row, value in zip(rows, sure, strict=True)}


def _central(members: Mapping[int, float]) -> list[int]:
    """The items that belong most surely; of equals, those that come first."""
    return sorted(members, key=lambda item: -members[item])[:MOST_CENTRAL]


def _load_titles(items: Iterable[int]) -> dict[int, str]:
    return dict(Item.objects.filter(pk__in=list(items)).values_list("pk", "title"))


@dataclass(frozen=True, slots=True)
class _Words:
    """The tags that clusters may be named by.

    Shapes: table (I, G); tags (G,), ids in the order of their keys; trust (G,), what each is worth
    in a name.
    """

    table: csr_array
    tags: Ids
    trust: Floats
    names: Mapping[int, Mapping[str, str]]

    @property
    def spellings(self) -> list[str]:
        """How the clustering calls each tag: no number alone, for those it gives out itself."""
        return [f"{TAG}{tag}" for tag in self.tags.tolist()]


def _load_words(workspace_id: int, items: Ids) -> _Words:
    """Return the tags of these items, without those that are blocked. Two queries."""
    usable = Tag.objects.filter(workspace_id=workspace_id, is_blocked=False, is_field=False)
    usable = usable.filter(merged_into__isnull=True).exclude(source=Tag.Source.CLUSTER)
    rows_of_tags = sorted(usable.values_list(*TAG_COLUMNS), key=lambda row: row[1])
    known = {pk: (names, source) for pk, _, names, source in rows_of_tags}
    names = {pk: each for pk, (each, _) in known.items()}
    rows = ItemTag.objects.filter(workspace_id=workspace_id).values_list(
        "item_id", "tag_id", "confidence"
    )
    tags = np.array(list(known), dtype=np.int64)
    row_of = {item: row for row, item in enumerate(items.tolist())}
    column_of = {tag: column for column, tag in enumerate(tags.tolist())}
    kept = sorted(
        (row_of[item], column_of[tag], sure)
        for item, tag, sure in rows.iterator()
        if item in row_of and tag in column_of
    )
    place = np.array([row for row, *_ in kept], dtype=np.int64)
    columns = np.array([column for _, column, _ in kept], dtype=np.int64)
    values = np.array([sure for *_, sure in kept], dtype=np.float32)
    table = csr_array((values, (place, columns)), shape=(len(items), len(tags)))
    given = [known[tag][1] in GIVEN for tag in tags.tolist()]
    return _Words(table, tags, as_floats(np.where(given, 1.0, WORTH_OF_FOUND)), names)


def _free_names(
    words: Sequence[str],
    names: Mapping[int, Mapping[str, str]],
    titles: Sequence[str],
    taken: Container[str],
) -> dict[str, str]:
    """Call a cluster as no other is, in each language; by nothing where that cannot be done.

    By its words where they set it apart, else by two of its items too; by a number where items
    have no titles.
    """
    tags = [names[int(word[len(TAG) :])] for word in words if word.startswith(TAG)]
    numbers = [word for word in words if not word.startswith(TAG)]
    is_told = not numbers or len(titles) < 2
    pairs = [("", "")] if is_told else combinations(titles, 2)
    languages = sorted({language for tag in tags for language in tag})
    for first, second in pairs:
        found = {}
        for language in languages:
            pattern = "{words}" if is_told else LIKE_THESE.get(language, LIKE_THESE["en"])
            spoken = " · ".join([_joined(tags, language), *(numbers if is_told else ())])
            found[language] = pattern.format(words=spoken, first=first, second=second)
        if repr(found) not in taken:
            return found
    return {}


def _joined(tags: Iterable[Mapping[str, str]], language: str) -> str:
    spoken = [tag.get(language) or next(iter(tag.values()), "") for tag in tags]
    return " · ".join(name for name in spoken if name)
