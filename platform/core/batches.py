"""A batch goes in row by row and is answered row by row: bad rows never stop good ones."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import InvalidError, LikenessError
from core.rows import RowResult, shown

Parsed = TypeVar("Parsed")


class RowOut(serializers.Serializer[Any]):
    """What became of one row."""

    id = serializers.CharField()
    status = serializers.ChoiceField(["created", "updated", "unchanged", "rejected"])
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    field = serializers.CharField(required=False)
    value = serializers.CharField(required=False)


class BatchOut(serializers.Serializer[Any]):
    """What became of each row of a batch, in its order, and how many there were of each fate."""

    results = RowOut(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())


def take_rows(
    rows: Sequence[Any],
    *,
    parse: Callable[[Mapping[str, Any]], Parsed],
    store: Callable[[Sequence[Parsed]], Sequence[RowResult]],
    named: Callable[[Mapping[str, Any]], object] = lambda row: row.get("id"),
) -> list[RowResult]:
    """Parse `rows`, store those that can be, and return one result per row, in their order.

    `store` answers one result per row that it was given, in that order. `named` gives a row's
    name for the answer where it could not be parsed.
    """
    results: dict[int, RowResult] = {}
    parsed: dict[int, Parsed] = {}
    for position, row in enumerate(rows):
        try:
            parsed[position] = parse(_mapping(row))
        except LikenessError as error:
            name = named(row) if isinstance(row, Mapping) else None
            results[position] = RowResult.rejected("" if name is None else shown(name), error)
    results |= zip(parsed, store(list(parsed.values())), strict=True)
    return [results[position] for position in range(len(rows))]


def answer_rows(results: Sequence[RowResult]) -> Response:
    """Answer a batch: 200 where every row was taken, 207 where some were rejected."""
    counts = Counter(result.status for result in results)
    kept = [
        {name: value for name, value in asdict(result).items() if value or name == "id"}
        for result in results
    ]
    return Response(
        {"results": kept, "counts": dict(counts)}, status=207 if counts["rejected"] else 200
    )


def answer_row(result: RowResult) -> None:
    """Raise the rejection of a single row, where it was rejected."""
    if result.status == "rejected":
        details = {"field": result.field, "value": result.value} if result.field else {}
        raise InvalidError(result.message, **details)


def _mapping(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise InvalidError("Each row is a JSON object.", field="row", value=shown(row))
    return row
