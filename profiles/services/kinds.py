"""A workspace learns kinds that its scenario did not bring."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import Scenario, Workspace
from profiles.models import Kind
from profiles.scenarios import presets_of


@transaction.atomic
def adopt_kinds(*, workspace: Workspace, names: Iterable[str]) -> dict[str, str]:
    """Add the kinds in `names` that the workspace lacks and another scenario knows.

    Returns those that were added, with the scenario whose weights they have: the first that knows
    them, in the order of the scenarios. Kinds that no scenario knows are left out. Two queries.
    """
    known = set(Kind.objects.filter(workspace=workspace).values_list("name", flat=True))
    added: dict[str, str] = {}
    kinds: list[Kind] = []
    for name in sorted(set(names) - known):
        scenario = next((each for each in Scenario if name in presets_of(each)), None)
        if scenario is not None:
            added[name] = str(scenario.label)
            kinds.append(Kind(workspace=workspace, name=name, **presets_of(scenario)[name]))
    Kind.objects.bulk_create(kinds, ignore_conflicts=True)
    return added
