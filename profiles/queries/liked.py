"""Who liked what, told in words: pairs to train an encoder on."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import F, Q

from catalog.models import Item, ItemTag
from catalog.queries.texts import load_item_texts
from profiles.models import Interaction

MOST_USERS = 5_000
FEWEST_LIKES = 3
TARGETS = 4  # of one user, the newest
TAGS_SAID = 8


@dataclass(frozen=True, slots=True)
class LikedPair:
    """What a user's other likes have in common, in words, and one item that they liked."""

    user_id: int
    said: str
    item_id: int


def list_liked_pairs(workspace_id: int, *, most_users: int = MOST_USERS) -> list[LikedPair]:
    """Return a few pairs for each user who liked enough. Three queries.

    What is said are the commonest tags of the user's likes without the item of the pair, as
    statements would name them: so the words cannot have come from the item itself.
    """
    likes = _likes(workspace_id)
    users = [user for user, items in likes.items() if len(items) >= FEWEST_LIKES][:most_users]
    tags = _tags_of({item for user in users for item in likes[user]})
    pairs = []
    for user in users:
        counts = Counter(tag for item in likes[user] for tag in tags[item])
        for target in likes[user][:TARGETS]:
            others = counts.copy()
            others.subtract(tags[target])
            said = [tag for tag, count in others.most_common(TAGS_SAID) if count > 0]
            if said:
                pairs.append(LikedPair(user, ", ".join(said), target))
    return pairs


def load_shelf(workspace_id: int) -> dict[int, str]:
    """Return the text that is encoded for each item that has one. One query."""
    ids = Item.objects.filter(workspace_id=workspace_id).exclude(content_hash="")
    rows = load_item_texts(list(ids.values_list("pk", flat=True)))
    return {row.id: row.encoding_text for row in rows}


def _likes(workspace_id: int) -> dict[int, list[int]]:
    """Return what each user liked, the newest first, each item once."""
    rows = (
        Interaction.objects.filter(workspace_id=workspace_id)
        .filter(
            Q(kind__polarity=1) | Q(kind__polarity=0, value__gt=F("kind__value_middle")),
        )
        .order_by("user_id", F("happened_at").desc(nulls_last=True), "-pk")
        .values_list("user_id", "item_id")
    )
    found: dict[int, dict[int, None]] = defaultdict(dict)
    for user_id, item_id in rows:
        found[user_id][item_id] = None
    return {user: list(items) for user, items in found.items()}


def _tags_of(items: set[int]) -> dict[int, list[str]]:
    rows = ItemTag.objects.filter(
        item_id__in=items, tag__is_blocked=False, tag__is_field=False
    ).order_by("item_id", "-confidence", "tag_id")
    found: dict[int, list[str]] = defaultdict(list)
    for item_id, names, key in rows.values_list("item_id", "tag__names", "tag__key"):
        found[item_id].append(names.get("en") or next(iter(names.values()), key))
    return found
