"""What was learnt so far, and what could serve again."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Workspace
from core.errors import NotFoundError
from recommendations.models import Fit, Popularity

# The interface between what was stored and what reads it; another one cannot be read.
VERSION = "1"
# Of the items that a fit was learnt on, so many must still be there for it to serve again.
LEAST_LEFT = 0.5
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class FitRow:
    """A fit, how many of its items are still there, and why it cannot serve, if it cannot."""

    fit: Fit
    items: int
    hindrance: str

    @property
    def is_serving(self) -> bool:
        """Whether it serves now."""
        return self.fit.state == Fit.State.SERVING

    @property
    def can_serve_again(self) -> bool:
        """Whether one could go back to it."""
        return not self.is_serving and not self.hindrance


def list_fits(workspace: Workspace, *, most: int = MOST_LISTED) -> list[FitRow]:
    """Return the newest fits of a workspace, newest first. Two queries."""
    fits = list(Fit.objects.filter(workspace=workspace).order_by("-pk")[:most])
    return _with_items(fits, workspace.erasures)


def get_fit_row(fit: Fit) -> FitRow:
    """Return one fit with what hinders it from serving. One query, two without its workspace."""
    return _with_items([fit], fit.workspace.erasures)[0]


def get_fit(workspace: Workspace, pk: int) -> Fit:
    """Return a fit of the workspace. Raises NotFoundError where it has none of that number."""
    fit = Fit.objects.filter(workspace=workspace, pk=pk).first()
    if fit is None:
        raise NotFoundError(f"The workspace {workspace.name!r} has no fit {pk}.")
    return fit


def serving_fit(workspace_id: int) -> Fit | None:
    """Return the fit that serves in a workspace, None before anything was learnt. One query."""
    return Fit.objects.filter(workspace_id=workspace_id, state=Fit.State.SERVING).first()


def fit_before(workspace: Workspace) -> Fit | None:
    """Return the fit that served before the newest one came to serve; None without one.

    That is the same fit before and after one went back to it, so that to go back twice is to go
    back once.
    """
    served = Fit.objects.filter(workspace=workspace, served_at__isnull=False)
    newest = served.order_by("-pk").first()
    if newest is None:
        return None
    return served.filter(pk__lt=newest.pk).order_by("-served_at", "-pk").first()


def hindrance_of(fit: Fit, *, erasures: int, items: int) -> str:
    """Say why a fit cannot serve again; empty where it can.

    `erasures` are those of its workspace by now; `items` is how many of its items are there.
    """
    if fit.served_at is None:
        return _("It never served, and only its report was kept.")
    if fit.erasures < erasures:
        return _("It was learnt before users were erased, and its numbers know what they did.")
    if fit.version != VERSION:
        return _("It was stored by version %(its)s, and this is version %(ours)s.") % {
            "its": fit.version,
            "ours": VERSION,
        }
    if not items:
        return _("Its numbers are not kept any more, or all its items are gone.")
    learnt_on = int(fit.report.get("items", items))
    if items < LEAST_LEFT * learnt_on:
        return _("Of the %(all)s items that it was learnt on, only %(left)s are still there.") % {
            "all": learnt_on,
            "left": items,
        }
    return ""


def _with_items(fits: Iterable[Fit], erasures: int) -> list[FitRow]:
    """Count the items of fits by the popularity that each of them has. One query."""
    fits = list(fits)
    held = Popularity.objects.filter(fit__in=fits).order_by().values_list("fit")
    counts = dict(held.annotate(items=Count("pk")))
    return [
        FitRow(one, items, hindrance_of(one, erasures=erasures, items=items))
        for one in fits
        for items in [counts.get(one.pk, 0)]
    ]
