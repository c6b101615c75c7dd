"""Keep clusters of items as tags, the same ones for as long as they hold together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Max

from catalog.models import Item, ItemTag, Tag
from catalog.services.bearers import alone_beside
from catalog.services.topics import held, lifted_in
from core.holding import hold

CLUSTER = "likeness.interests"
# Two clusters with this part of their items in common are the same one.
SAME = 0.5
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items that belong together: what to call them by language, and how surely each is one."""

    names: Mapping[str, str]
    members: Mapping[int, float]


def store_clusters(workspace_id: int, clusters: Sequence[Cluster], *, version: str) -> list[int]:
    """Make these the workspace's clusters, and let each item keep the words that name its own.

    Returns the items that joined or left one, and those that are alone in one because of it, or
    no longer alone.

    A cluster takes over the tag of the stored one that shares most of its items, if that is at
    least SAME of both together; others get a new tag, and a tag that nothing took over loses its
    items and stays, so that statements of the past keep their name. Items that are gone by now
    are left out. Needs `wait_to_tag`; at most eight queries.
    """
    clusters = _of_items_there(clusters)
    stored = _load(workspace_id)
    kept = _matched(stored, clusters)
    tags = _tags(workspace_id, clusters, kept)
    wanted = {
        (item, tag): sure
        for tag, cluster in zip(tags, clusters, strict=True)
        for item, sure in cluster.members.items()
    }
    words = {tag: _words(cluster) for tag, cluster in zip(tags, clusters, strict=True)}
    held_rows = {
        (item, tag): told for tag, members in stored.items() for item, told in members.items()
    }
    gone = held_rows.keys() - wanted.keys()
    moved = {pair for pair, sure in wanted.items() if held_rows.get(pair, ("", None))[1] != sure}
    renamed = {pair for pair in wanted.keys() - moved if held_rows[pair][0] != words[pair[1]]}
    _drop(workspace_id, gone)
    ItemTag.objects.bulk_create(
        [
            ItemTag(
                workspace_id=workspace_id,
                item_id=item,
                tag_id=tag,
                confidence=wanted[item, tag],
                words=words[tag],
                model=CLUSTER,
                version=version,
            )
            for item, tag in sorted(moved | renamed)
        ],
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["item", "tag"],
        update_fields=["confidence", "words", "model", "version"],
    )
    return sorted({item for item, _ in gone | moved} | alone_beside(moved, gone))


def _of_items_there(clusters: Sequence[Cluster]) -> list[Cluster]:
    """The clusters without items that are gone; those who remain cannot go now. One query."""
    there = hold(Item, {item for cluster in clusters for item in cluster.members})
    left = [{item: one.members[item] for item in one.members if item in there} for one in clusters]
    return [replace(one, members=each) for one, each in zip(clusters, left, strict=True) if each]


def _words(cluster: Cluster) -> str:
    """The words that name a cluster, for its items to keep: in English where there are any."""
    names = cluster.names
    return (names.get("en") or next(iter(names.values()), ""))[:LONGEST_WORDS]


def _load(workspace_id: int) -> dict[int, dict[int, tuple[str, float]]]:
    """The stored clusters: the words each item has of it, and how surely it is one, by tag.

    One query.
    """
    found: dict[int, dict[int, tuple[str, float]]] = defaultdict(dict)
    rows = ItemTag.objects.filter(workspace_id=workspace_id, model=CLUSTER).order_by("tag", "item")
    columns = ("tag_id", "item_id", "words", "confidence")
    for tag, item, words, sure in rows.values_list(*columns):
        found[tag][item] = (words, sure)
    return dict(found)


def _matched(
    stored: Mapping[int, Mapping[int, object]], clusters: Sequence[Cluster]
) -> dict[int, int]:
    """Which stored tag each cluster takes over, by the cluster's place: the closest pairs first."""
    bearing: dict[int, list[int]] = defaultdict(list)
    for tag, members in stored.items():
        for item in members:
            bearing[item].append(tag)
    pairs = []
    for place, cluster in enumerate(clusters):
        shared = Counter(tag for item in cluster.members for tag in bearing.get(item, ()))
        for tag, both in shared.items():
            likeness = both / (len(cluster.members) + len(stored[tag]) - both)
            if likeness >= SAME:
                pairs.append((-likeness, tag, place))
    kept: dict[int, int] = {}
    taken: set[int] = set()
    for _, tag, place in sorted(pairs):
        if tag not in taken and place not in kept:
            kept[place] = tag
            taken.add(tag)
    return kept


def _tags(workspace_id: int, clusters: Sequence[Cluster], kept: Mapping[int, int]) -> list[int]:
    """The tag of each cluster, new ones added. Three queries."""
    lifted = lifted_in(workspace_id)
    fresh = [place for place in range(len(clusters)) if place not in kept]
    first = _next_number(workspace_id)
    rows = Tag.objects.bulk_create(
        [
            Tag(
                workspace_id=workspace_id,
                key=f"interest-{first + step}",
                names=dict(clusters[place].names),
                source=Tag.Source.CLUSTER,
                **held(tuple(clusters[place].names.values()), lifted),
            )
            for step, place in enumerate(fresh)
        ],
        batch_size=2_000,
    )
    new = {place: row.pk for place, row in zip(fresh, rows, strict=True)}
    return [kept[place] if place in kept else new[place] for place in range(len(clusters))]


def _next_number(workspace_id: int) -> int:
    """The first number that no cluster of the workspace has had."""
    known = Tag.objects.filter(workspace_id=workspace_id, source=Tag.Source.CLUSTER)
    last = known.aggregate(last=Max("pk"))["last"]
    if last is None:
        return 1
    return int(Tag.objects.values_list("key", flat=True).get(pk=last).removeprefix("interest-")) + 1


def _drop(workspace_id: int, pairs: set[tuple[int, int]]) -> None:
    rows = ItemTag.objects.filter(workspace_id=workspace_id, model=CLUSTER)
    found = rows.filter(tag__in={tag for _, tag in pairs}).values_list("pk", "item_id", "tag_id")
    gone = [pk for pk, item, tag in found if (item, tag) in pairs]
    ItemTag.objects.filter(pk__in=gone).delete()
