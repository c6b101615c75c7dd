"""What became of a fit, and what its choices are, in the words that staff read."""

from typing import Any

from django.utils.translation import gettext as _

from recommendations.models import Fit


def brought_in_words(fit: Fit) -> str:
    """Say why a fit came to serve, or why it did not, with what it was measured to bring."""
    report = fit.report
    if report.get("overtaken"):
        return _("did not serve: another fit came to serve while it was learnt")
    if fit.state == Fit.State.LOST:
        return _("did not serve: it foretells worse than fit %(serving)s (%(lead)s)") % {
            "serving": report.get("against", "–"),
            "lead": lead_in_words(report),
        }
    return _because(report)


def _because(report: dict[str, Any]) -> str:
    told = {"serving": report.get("against"), "lead": lead_in_words(report)}
    match report.get("served_because"):
        case "better":
            return _("better than fit %(serving)s (%(lead)s)") % told
        case "level_and_newer":
            return _("level with fit %(serving)s (%(lead)s), and newer") % told
        case "choices_kept":
            return _("the choices of fit %(serving)s, which won, fitted without who left") % told
        case "too_few_users":
            return _("newer; %(users)s users are too few to compare by") % {
                "users": report.get("judged_by", 0)
            }
        case "nothing_tried":
            return _("asked for with the settings that everybody starts from")
        case _unknown:
            return _("nothing to compare with")


def lead_in_words(report: dict[str, Any]) -> str:
    """Say by how much a fit foretells better than the one it was compared with, in points."""
    lead = report.get("lead")
    if not lead:
        return "–"
    told = {name: f"{100 * lead[name]:+.2f}" for name in ("value", "low", "high")}
    return _("%(value)s points, %(low)s to %(high)s") % told
