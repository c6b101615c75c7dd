"""Every row that exists because of one user, in whatever table of whatever floor it stands.

Floors above this one also keep rows about users. They are found by walking the foreign keys,
so that a table added later is exported and erased with the rest, without a word here.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from django.db.models import CASCADE, Model, Q, QuerySet

from profiles.models import User


def holdings_of(user: User) -> dict[str, QuerySet[Any]]:
    """Return the rows that belong to the user by model label, the user's own row first.

    A row belongs where following its foreign keys, each of which deletes it with its target,
    leads to the user. One query each, when they are evaluated.
    """
    found: dict[str, QuerySet[Any]] = {User._meta.label_lower: User.objects.filter(pk=user.pk)}
    for model, paths in _paths().items():
        condition = Q()
        for path in paths:
            condition |= Q(**{path: user.pk})
        rows = model._default_manager.filter(condition)
        found[model._meta.label_lower] = rows.distinct().order_by("pk")
    return found


def _paths() -> dict[type[Model], list[str]]:
    """The lookups that lead from each model to a user, the models nearest to the user first."""
    paths: dict[type[Model], list[str]] = {}
    waiting: deque[tuple[type[Model], str]] = deque([(User, "")])
    while waiting:
        target, rest = waiting.popleft()
        for model, name in _children(target):
            lookup = f"{name}__{rest}" if rest else name
            if lookup in paths.setdefault(model, []):
                continue
            paths[model].append(lookup)
            # A chain of rows of one model (a slate's previous one) belongs to the same user.
            if len(paths[model]) == 1:
                waiting.append((model, lookup))
    return paths


def _children(target: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """The models whose rows go when a `target` row goes, with the name of their foreign key."""
    for field in target._meta.get_fields(include_hidden=True):
        remote: Any = getattr(field, "field", None)
        is_child = field.auto_created and not field.concrete and remote is not None
        if is_child and getattr(field, "on_delete", None) is CASCADE:
            model = remote.model
            if model is not target and not model._meta.auto_created:
                yield model, remote.name
