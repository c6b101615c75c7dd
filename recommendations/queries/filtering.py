"""Filters as conditions for the queries that look for items, and what fits them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from core.arrays import Floats, Ids, as_floats
from recommendations import filters
from recommendations.filters import Boost, Filter, Joined, Node, Operator, Window, Words
from recommendations.queries.availability import AVAILABLE
from recommendations.queries.fetching import array_text, fetch

SIGNS: dict[Operator, str] = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
COLUMNS = {
    "created": "item.created_at",
    "available_from": "item.available_from",
    "available_until": "item.available_until",
}

# Tags that any of the words names, by key or by name in any language, each as the tag that is used,
# with the tags that stand under it where it is a field. Looked up before anything is asked of
# items: Postgres could not guess how many that are, and would read the whole catalogue.
NAMED = """
SELECT lower(tag.key) || ARRAY(SELECT lower(value) FROM jsonb_each_text(tag.names)),
       coalesce(tag.merged_into_id, tag.id),
       ARRAY(SELECT under.id FROM catalog_tag AS under
             WHERE under.parent_id = coalesce(tag.merged_into_id, tag.id))
FROM catalog_tag AS tag
WHERE tag.workspace_id = %(workspace)s
  AND (lower(tag.key) = ANY(%(words)s)
       OR EXISTS (SELECT FROM jsonb_each_text(tag.names) AS name
                  WHERE lower(name.value) = ANY(%(words)s)))
"""
BEARING = """item.id IN (SELECT item_tag.item_id FROM catalog_itemtag AS item_tag
   WHERE item_tag.tag_id = ANY({tags}::bigint[]))"""
AVAILABLE_AT = AVAILABLE.replace("%(now)s", "%({at})s")

MATCHING = f"""
SELECT item.id FROM catalog_item AS item
WHERE item.workspace_id = %(workspace)s AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[]))
  AND {AVAILABLE} LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

COUNTED = f"""
SELECT count(*), {{columns}} FROM catalog_item AS item
WHERE item.workspace_id = %(workspace)s AND {AVAILABLE}
"""  # noqa: S608 - only constants of ours are filled in

BOOSTED = """
SELECT item.id, {columns} FROM catalog_item AS item
WHERE item.id = ANY(%(items)s::bigint[]) ORDER BY item.id
"""


class Named(NamedTuple):
    """A tag that a word names, and the tags that stand under it."""

    tag: int
    under: list[int]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of `catalog_item AS item`. Where `ids` are given, it holds of no others."""

    sql: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    ids: Ids | None = None

    @property
    def is_checked_by_sql(self) -> bool:
        """Whether only Postgres can say of which items it holds."""
        return bool(self.sql) and self.ids is None

    def along_with(self, other: "Condition") -> "Condition":
        """Return the condition that this one and another hold, one of them at most with `ids`."""
        sql = " AND ".join(one.sql for one in (self, other) if one.sql)
        ids = other.ids if self.ids is None else self.ids
        return Condition(sql and f"({sql})", self.parameters | other.parameters, ids)

    def within(self, sql: str) -> str:
        """Return a query that looks for what is to be had with this condition added."""
        return sql.replace(AVAILABLE, f"{AVAILABLE} AND {self.sql}") if self.sql else sql

    def keeps(self, items: Ids) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Say of which items it may hold; True for all where that is not known beforehand."""
        if self.ids is None:
            return np.ones(len(items), dtype=np.bool_)
        return np.isin(items, self.ids)


EVERYTHING = Condition()


def condition_of(workspace_id: int, wanted: Filter) -> Condition:
    """Write a filter as SQL; its values travel as parameters. A query where it names tags."""
    [condition] = conditions_of(workspace_id, [wanted])
    return condition


def conditions_of(workspace_id: int, wanted: Sequence[Filter]) -> list[Condition]:
    """Write filters as SQL that may stand in one query. A query where any of them names tags."""
    words = {word for one in wanted for word in _words_in(one.root)}
    named = _load_named(workspace_id, words) if words else {}
    written = []
    for place, one in enumerate(wanted):
        writer = _Writer(f"filter{place}", named)
        sql = writer.write(one.root)
        written.append(Condition(f"({sql})", writer.parameters))
    return written


def _words_in(node: Node) -> Iterator[str]:
    if isinstance(node, Joined):
        for part in node.parts:
            yield from _words_in(part)
    elif isinstance(node, Words):
        yield from map(_plain, (*node.any, *node.all, *node.none))


def _plain(word: str) -> str:
    return word.strip().lower()


def _load_named(workspace_id: int, words: set[str]) -> dict[str, list[Named]]:
    """Return the tags that each word names. One query."""
    named: dict[str, list[Named]] = {}
    for told, tag, under in fetch(NAMED, {"workspace": workspace_id, "words": sorted(words)}):
        for word in words.intersection(told):
            named.setdefault(word, []).append(Named(tag, under))
    return named


def only(ids: Ids) -> Condition:
    """Return the condition that an item is one of these. Shapes: ids (N,)."""
    parameters = {"filter_ids": array_text(ids)}
    return Condition("item.id = ANY(%(filter_ids)s::bigint[])", parameters, ids)


def find_matching(
    workspace_id: int, condition: Condition, barred: Ids, most: int, *, now: datetime
) -> Ids:
    """Return up to `most` items to be had that fit, in ascending order. One query."""
    parameters = {
        "workspace": workspace_id,
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    sql = condition.within(MATCHING)
    rows = fetch(sql, parameters | condition.parameters, is_planned_anew=True)
    return np.array(sorted(row[0] for row in rows), dtype=np.int64)


def count_matching(
    workspace_id: int, wanted: Sequence[Filter], *, now: datetime
) -> tuple[int, list[int]]:
    """Return how many items are to be had, and how many of them fit each filter.

    One query, and one more where filters name tags.
    """
    conditions = conditions_of(workspace_id, wanted)
    parameters: dict[str, Any] = {"workspace": workspace_id, "now": now}
    for one in conditions:
        parameters |= one.parameters
    columns = ", ".join(f"count(*) FILTER (WHERE {one.sql})" for one in conditions) or "0"
    sql = COUNTED.format(columns=columns)
    total, *counts = fetch(sql, parameters, is_planned_anew=True)[0]
    return int(total), [int(one) for one in counts[: len(wanted)]]


def load_factors(workspace_id: int, boosts: Sequence[Boost], items: Ids) -> Floats:
    """Return by how much all boosts together raise each item.

    One query, and one more where boosts name tags.
    Shapes: items (C,) ascending; returns (C,), 1 where no boost fits.
    """
    conditions = conditions_of(workspace_id, [one.filter for one in boosts])
    parameters: dict[str, Any] = {"items": array_text(items)}
    for one in conditions:
        parameters |= one.parameters
    columns = ", ".join(f"coalesce({one.sql}, FALSE)" for one in conditions)
    factors = np.ones(len(items))
    for pk, *fits in fetch(BOOSTED.format(columns=columns), parameters):
        told = [one.factor for one, is_fit in zip(boosts, fits, strict=True) if is_fit]
        factors[np.searchsorted(items, pk)] = np.prod(told)
    return as_floats(factors)


@dataclass(slots=True)
class _Writer:
    """Writes the conditions of one filter, and keeps their values."""

    prefix: str
    named: Mapping[str, Sequence[Named]]
    parameters: dict[str, Any] = field(default_factory=dict)

    def write(self, node: Node) -> str:
        match node:
            case Joined(how="not", parts=(part,)):
                return f"NOT coalesce({self.write(part)}, FALSE)"
            case Joined(how=how, parts=parts):
                return "(" + f" {how.upper()} ".join(self.write(part) for part in parts) + ")"
            case Words():
                return self._words(node)
            case Window(moment=moment, bounds=bounds):
                compared = (
                    f"{COLUMNS[moment]} {SIGNS[sign]} {self._keep(bounds[sign])}" for sign in bounds
                )
                return "(" + " AND ".join(compared) + ")"
            case filters.AvailableAt(at=at):
                return f"({AVAILABLE_AT.replace('%({at})s', self._keep(at))})"
            case filters.Ids(ids=ids):
                return f"item.external_id = ANY({self._keep(list(ids))})"
            case _:
                return self._attribute(node)

    def _attribute(self, node: Node) -> str:
        match node:
            case filters.AttributeIs(name=name, values=values):
                # A list that holds the value fits, too.
                forms = (form for value in values for form in ({name: value}, {name: [value]}))
                kept = [f"item.attributes @> {self._json(form)}" for form in forms]
                return "(" + " OR ".join(kept) + ")"
            case filters.AttributeExists(name=name, is_there=is_there):
                found = f"jsonb_exists(item.attributes, {self._keep(name)})"
                return found if is_there else f"NOT {found}"
            case filters.AttributeRange(name=name, bounds=bounds):
                tests = " && ".join(f"@ {SIGNS[sign]} ${sign}" for sign in bounds)
                path = f"'$ ? ({tests})'"
                value = f"item.attributes -> {self._keep(name)}::text"
                return f"jsonb_path_exists({value}, {path}, {self._json(bounds)})"
        raise TypeError(f"No condition is written for {type(node).__name__}.")

    def _words(self, node: Words) -> str:
        parts = [self._bearing(node, one) for one in node.all]
        if node.any:
            parts.append(self._bearing(node, *node.any))
        if node.none:
            parts.append(f"NOT {self._bearing(node, *node.none)}")
        return "(" + " AND ".join(parts) + ")"

    def _bearing(self, node: Words, *words: str) -> str:
        named = [one for word in words for one in self.named.get(_plain(word), ())]
        tags = {one.tag for one in named}
        if node.kind == "fields":
            tags.update(*(one.under for one in named))
        return BEARING.format(tags=self._keep(array_text(sorted(tags))))

    def _json(self, value: object) -> str:
        return f"{self._keep(json.dumps(value))}::jsonb"

    def _keep(self, value: object) -> str:
        name = f"{self.prefix}_{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"
