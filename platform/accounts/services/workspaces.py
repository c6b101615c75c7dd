"""Making workspaces."""

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Scenario, Workspace
from core.errors import InvalidError

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
