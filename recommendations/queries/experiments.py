"""The experiments of a workspace."""

from django.db.models import QuerySet

from core.errors import NotFoundError
from recommendations.models import Experiment


def list_experiments(workspace_id: int) -> QuerySet[Experiment]:
    """Return the workspace's experiments in the order in which they were planned."""
    return Experiment.objects.filter(workspace_id=workspace_id).order_by("pk")


def get_experiment(workspace_id: int, number: int) -> Experiment:
    """Return one experiment, or raise NotFoundError. One query."""
    found = list_experiments(workspace_id).filter(pk=number).first()
    if found is None:
        raise NotFoundError(f"There is no experiment {number} here.", experiment=number)
    return found
