"""Making and deleting workspaces, and what they may spend."""

import structlog
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from accounts.models import Scenario, Workspace
from core.errors import InvalidError
from core.jobs import Job, enqueue

log = structlog.get_logger(__name__)


@transaction.atomic
def ensure_workspace(*, name: str, scenario: str, title: str = "") -> tuple[Workspace, bool]:
    """Return the workspace called `name` and whether it is new.

    One that exists keeps its scenario and title. Raises InvalidError for a name or a scenario
    that cannot be.
    """
    found = Workspace.objects.filter(name=name).first()
    if found is not None:
        return found, False
    if scenario not in Scenario.values:
        raise InvalidError(
            f"There is no scenario {scenario!r}; there are {', '.join(Scenario.values)}.",
            field="scenario",
            value=scenario,
        )
    workspace = Workspace(name=name, title=title, scenario=scenario)
    try:
        workspace.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidError(
            f"The name {name!r} cannot be: {' '.join(error.messages)}", field="name", value=name
        ) from None
    workspace, is_new = Workspace.objects.get_or_create(
        name=name, defaults={"title": title, "scenario": scenario}
    )
    log.info("workspace.ensured", workspace=name, scenario=workspace.scenario, is_new=is_new)
    return workspace, is_new


@transaction.atomic
def keep_raw_text(*, workspace: Workspace, is_kept: bool) -> bool:
    """Keep reviews as they are sent, or only their clean form. Returns whether that is new.

    Where none is to be kept any more, cleaning is asked for, which drops what there is; what was
    dropped does not come back.
    """
    others = Workspace.objects.filter(pk=workspace.pk).exclude(keeps_raw_text=is_kept)
    is_new = bool(others.update(keeps_raw_text=is_kept))
    if is_new and not is_kept:
        enqueue(Job.CLEAN, workspace_id=workspace.pk, at_once=1)
    log.info("workspace.raw_text", workspace=workspace.name, is_kept=is_kept, is_new=is_new)
    return is_new


@transaction.atomic
def delete_workspace(*, workspace: Workspace) -> dict[str, int]:
    """Delete a workspace with every row of it, of whatever floor. Returns how many, by table.

    One query a table, none of which reads a row into memory. Their order does not matter, since
    the database looks at foreign keys when the transaction commits.
    """
    counts = {}
    with connection.cursor() as cursor:
        for model in _owned_models():
            table = sql.Identifier(model._meta.db_table)
            query = sql.SQL("DELETE FROM {} WHERE workspace_id = %s").format(table)
            cursor.execute(query, [workspace.pk])
            counts[model._meta.label_lower] = cursor.rowcount
    counts[Workspace._meta.label_lower] = Workspace.objects.filter(pk=workspace.pk).delete()[0]
    log.info("workspace.deleted", workspace=workspace.name, rows=sum(counts.values()))
    return {label: count for label, count in counts.items() if count}


@transaction.atomic
def set_budget(*, workspace: Workspace, seconds: int | None, tokens: int | None) -> None:
    """Say what the workspace's models may spend in a day of UTC; None is no limit.

    What waited for a larger budget goes on at once.
    """
    Workspace.objects.filter(pk=workspace.pk).update(budget_seconds=seconds, budget_tokens=tokens)
    enqueue(Job.SWEEP, workspace_id=workspace.pk)
    log.info("workspace.budget_set", workspace=workspace.name, seconds=seconds, tokens=tokens)


def _owned_models() -> list[type[Model]]:
    """The models whose rows belong to a workspace."""
    return [
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name == "workspace" and field.related_model is Workspace
    ]
