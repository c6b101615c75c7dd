"""What users did, item by item, and the figures of behaviour and sentiment that follow from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from catalog.models import Item
from profiles.modelling.bands import maker_in, numbers_in
from profiles.modelling.behaviour import Deed, behaviour_of, sentiment_of_months
from profiles.queries.reasoning import Reasoned


def figures_from(
    reasoned: Reasoned, deeds: Mapping[int, Sequence[Deed]], user_id: int
) -> dict[str, dict[str, Any]]:
    """Return a user's `behaviour`, with the drift of taste, and `sentiment`."""
    own = deeds.get(user_id, [])
    drift = reasoned.past.drift.get(user_id)
    return {
        "behaviour": {**behaviour_of(own), "drift": drift},
        "sentiment": sentiment_of_months(own),
    }


def deeds_of(reasoned: Reasoned) -> dict[int, list[Deed]]:
    """Every user's interactions, in the order they have in `acts`."""
    happenings = reasoned.happenings
    acts, kinds = happenings.acts, happenings.kinds
    middle, best = kinds.middle[happenings.kind], kinds.best[happenings.kind]
    scaled = np.clip((happenings.value - middle) / (best - middle), -1.0, 1.0)
    tags: dict[int, list[int]] = defaultdict(list)
    for item, tag in zip(
        reasoned.bearings.item.tolist(), reasoned.bearings.tag.tolist(), strict=True
    ):
        tags[item].append(tag)
    attributes = _load_attributes(np.unique(acts.item).tolist())
    columns = (
        acts.user,
        happenings.kind,
        acts.item,
        happenings.moment,
        acts.signed,
        scaled,
        happenings.sentiment,
        happenings.has_text,
    )
    found: dict[int, list[Deed]] = defaultdict(list)
    for user, kind, item, *numbers, has_text in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        moment, signed, rated, felt = (None if np.isnan(each) else each for each in numbers)
        found[user].append(
            Deed(
                kind=happenings.kind_names[kind],
                item=item,
                moment=moment,
                signed=signed or 0.0,
                scaled=rated,
                sentiment=felt,
                has_text=has_text,
                tags=tuple(tags.get(item, ())),
                maker=attributes[item][0] if item in attributes else "",
                numbers=attributes[item][1] if item in attributes else {},
            )
        )
    return found


def _load_attributes(item_ids: Sequence[int]) -> dict[int, tuple[str, dict[str, float]]]:
    """Who made each item, and what can be measured of it. One query."""
    rows = Item.objects.filter(pk__in=item_ids).exclude(attributes={})
    return {
        pk: (maker_in(attributes), numbers_in(attributes))
        for pk, attributes in rows.values_list("pk", "attributes")
    }
