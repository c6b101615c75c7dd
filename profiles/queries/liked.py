"""Who liked what, told in words: pairs to train an encoder on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from catalog.models import Item
from catalog.queries.texts import load_item_texts
from profiles.models import Evidence, Interaction, Statement
from profiles.queries.statements import statements_in_use
from profiles.queries.verdicts import verdicts

MOST_USERS = 5_000
FEWEST_LIKES = 3
TARGETS = 4  # of one user, the newest
TAGS_SAID = 8
FEWEST_GROUNDS = 2  # what fewer items bear is not stated


@dataclass(frozen=True, slots=True)
class LikedPair:
    """What a user is believed to like, in words, and one item that they took to."""

    user_id: int
    said: str
    item_id: int


@dataclass(frozen=True, slots=True)
class _Belief:
    """One statement in use: its name, and the items of the interactions that it rests on.

    `is_own` is one that the user declared, which rests on nothing but their word.
    """

    name: str
    is_own: bool
    items: Sequence[int]

    def stands_without(self, item_id: int) -> bool:
        """Return whether it would have been stated had the user never met the item."""
        others = sum(each != item_id for each in self.items)
        return self.is_own or others >= FEWEST_GROUNDS


def list_liked_pairs(workspace_id: int, *, most_users: int = MOST_USERS) -> list[LikedPair]:
    """Return a few pairs for each user who liked enough. Three queries.

    What is said are the strongest likings that are in use in the user's portrait and stand
    without the item of the pair, so that the words cannot have come from it alone. A statement
    that rests on the item among others stays: were each such one left out, what remained would
    name just what the item is not.
    """
    likes = _likes(workspace_id)
    users = [user for user, items in likes.items() if len(items) >= FEWEST_LIKES][:most_users]
    beliefs = _beliefs_of(workspace_id, set(users))
    pairs = []
    for user in users:
        for target in likes[user][:TARGETS]:
            said = [each.name for each in beliefs[user] if each.stands_without(target)]
            if said:
                pairs.append(LikedPair(user, ", ".join(said[:TAGS_SAID]), target))
    return pairs


def load_encoding_texts(workspace_id: int) -> dict[int, str]:
    """Return the text that is encoded for each item that has one. One query."""
    ids = Item.objects.filter(workspace_id=workspace_id).exclude(content_hash="")
    rows = load_item_texts(list(ids.values_list("pk", flat=True)))
    return {row.id: row.encoding_text for row in rows}


def _likes(workspace_id: int) -> dict[int, list[int]]:
    """Return what each user liked, the newest first, each item once."""
    pleased, _ = verdicts()
    rows = (
        Interaction.objects.filter(pleased, workspace_id=workspace_id)
        .order_by("user_id", F("happened_at").desc(nulls_last=True), "-pk")
        .values_list("user_id", "item_id")
    )
    found: dict[int, dict[int, None]] = defaultdict(dict)
    for user_id, item_id in rows:
        found[user_id][item_id] = None
    return {user: list(items) for user, items in found.items()}


def _beliefs_of(workspace_id: int, users: set[int]) -> dict[int, list[_Belief]]:
    """Return the likings in use of each user, the strongest first. Two queries."""
    rows = list(
        statements_in_use()
        .filter(workspace_id=workspace_id, user__in=users, polarity=1)
        .exclude(level=Statement.Level.LATENT)
        .order_by("user_id", "-strength", "pk")
        .values_list("pk", "user_id", "level", "tag__names", "tag__key")
    )
    grounds: dict[int, set[int]] = defaultdict(set)
    evidence = Evidence.objects.filter(statement__in=[row[0] for row in rows], weight__gt=0)
    for statement_id, item_id in evidence.values_list("statement_id", "interaction__item_id"):
        grounds[statement_id].add(item_id)
    found: dict[int, list[_Belief]] = defaultdict(list)
    for pk, user_id, level, names, key in rows:
        name = names.get("en") or next(iter(names.values()), key)
        own = level == Statement.Level.DECLARED
        found[user_id].append(_Belief(name, own, sorted(grounds[pk])))
    return found
