"""Let reviews speak for items that say nothing of themselves, and fall silent when they go.

Whoever locks items locks them before tags and users, in the order of their keys; whoever takes
tags from them waits for the turn to do so before that.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction

from catalog.keys import key_of
from catalog.models import Item, ItemTag
from catalog.said import said_by_several
from catalog.services.bearers import alone_beside, wait_to_tag
from catalog.services.tags import SAID
from profiles.models import Interaction, Reading
from profiles.queries.said import load_sayings, silent_items


def lock_silent(item_ids: Iterable[int]) -> list[int]:
    """Lock those of these items that say nothing of themselves, and return them. One query.

    Needs a transaction. What their reviews say is to be read after this, so that of two who
    change it the second sees what the first has left.
    """
    rows = silent_items(item_ids).select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))


def said_of(item_ids: Collection[int]) -> dict[int, list[tuple[str, float, str]]]:
    """Return by item what several reviews say of it, for items that `lock_silent` returned.

    Reviews in which nobody has looked for phrases yet are due to be read again. Two queries.
    """
    if not item_ids:
        return {}
    rows = Reading.objects.filter(
        review__interaction__item__in=item_ids, phrases__isnull=True
    ).exclude(version="")
    rows.update(version="")
    return said_by_several(load_sayings(item_ids))


def said_anew(review_ids: Iterable[int]) -> int:
    """Let the items of these reviews be tagged again, where they say nothing of themselves.

    Returns how many. Call it in the transaction of the change, before users are locked. At most
    three queries.
    """
    met = Interaction.objects.filter(pk__in=list(review_ids))
    return _due(met.values_list("item_id", flat=True))


def said_anew_by(user_id: int) -> int:
    """The same for all that one user has written."""
    met = Interaction.objects.filter(user_id=user_id, review__isnull=False)
    return _due(met.values_list("item_id", flat=True))


@transaction.atomic
def unsay(*, without_user: int | None = None, without: Collection[int] = ()) -> set[int]:
    """Take from items at once what nobody says any more without a user, or these interactions.

    Returns the users who met an item that lost a tag, or is alone with one now: they are to be
    raised. Call it in the
    transaction in which the user or the interactions go, before any user is locked; the rest of
    the weighing follows as ever. At most eleven queries.
    """
    gone = Interaction.objects.filter(review__isnull=False)
    gone = (
        gone.filter(user=without_user)
        if without_user is not None
        else gone.filter(pk__in=list(without))
    )
    met = dict(gone.values_list("item_id", "workspace_id"))
    silent = list(silent_items(met).values_list("pk", flat=True))
    for workspace_id in sorted({met[item] for item in silent}):
        wait_to_tag(workspace_id)
    items = lock_silent(silent)
    if not items:
        return set()
    left = said_by_several(load_sayings(items, without_user=without_user, without=without))
    _keep(items, left)
    lost = _untag(items, left)
    touched = Interaction.objects.filter(item__in=lost)
    return set(touched.values_list("user_id", flat=True).distinct())


def _keep(items: Sequence[int], left: dict[int, list[Any]]) -> None:
    """Store what is still said of these items, and let them be tagged again. Two queries."""
    rows = list(Item.objects.filter(pk__in=items).order_by("pk"))
    for row in rows:
        row.phrases, row.tag_version = left.get(row.pk, []), ""
    Item.objects.bulk_update(rows, ["phrases", "tag_version"], batch_size=1_000)


def _untag(items: Sequence[int], left: dict[int, list[Any]]) -> list[int]:
    """Drop the tags that came from words nobody says any more. Three queries.

    Returns the items that lost one, and those that are alone with it now.
    """
    tagged = ItemTag.objects.filter(item__in=items, model=SAID)
    known = {item: {key_of(name) for name, *_ in said} for item, said in left.items()}
    lost = [
        (pk, item, tag)
        for pk, item, tag, words in tagged.values_list("pk", "item_id", "tag_id", "words")
        if key_of(words) not in known.get(item, ())
    ]
    ItemTag.objects.filter(pk__in=[pk for pk, *_ in lost]).delete()
    went = {(item, tag) for _, item, tag in lost}
    return sorted({item for item, _ in went} | alone_beside((), went))


def _due(item_ids: Iterable[int]) -> int:
    items = lock_silent(set(item_ids))
    return Item.objects.filter(pk__in=items).update(tag_version="") if items else 0
