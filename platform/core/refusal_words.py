"""What a refusal says to staff, in the language of the page; its own message is for programs."""

from django.utils.translation import gettext as _

from core.errors import LikenessError


def refusal_in_words(error: LikenessError) -> str:
    """Word a refusal by its reason; by the field that it names, or by its code, without one."""
    words = reasons_in_words().get(error.reason)
    if words is not None:
        return words % error.details
    if "field" in error.details and "value" in error.details:
        return _("%(field)s is %(value)s: that cannot be used.") % error.details
    return _by_code().get(error.code, _("What was sent cannot be used."))


def reasons_in_words() -> dict[str, str]:
    """Return the words for each reason; a refusal's details fill them in."""
    return {
        "arm_blend": _("%(field)s is %(value)s: give weights of %(names)s."),
        "arm_fields": _("%(field)s is %(value)s: give an object with %(names)s."),
        "arm_name": _("%(field)s is %(value)s: give a name of 1 to %(most)s characters."),
        "arm_number": _("%(field)s is %(value)s: give a number from 0 to %(most)s."),
        "arm_without": _("%(field)s is %(value)s: give a list of some of %(names)s, not of all."),
        "arms_alike": _("Give each arm a name of its own."),
        "arms_count": _("%(field)s: give a list of 2 to %(most)s arms."),
        "arms_weightless": _("Give one of the arms a weight above 0."),
        "another_experiment": _("Another experiment runs at this placement; stop it first."),
        "control_characters": _("%(field)s is %(value)s: remove the control characters."),
        "ends_too_soon": _("It would end before it begins: give a later moment."),
        "files_changed": _(
            "The files of %(name)s are not those that training left there. Put them back, or go "
            "back to the model before."
        ),
        "files_gone": _("The files of %(name)s, or of the encoder that it reads by, are gone."),
        "fit_hindered": _("Fit %(fit)s cannot serve again. %(hindrance)s"),
        "judged_against_another": _(
            "Another model runs than the one that this was judged against; train again."
        ),
        "linked_elsewhere": _("%(account)s is linked to another user here; unlink that one first."),
        "no_account": _("No active account is called '%(account)s'."),
        "no_decision": _("That is no decision about a review."),
        "no_fit_before": _("No fit has served here before the one that serves now."),
        "no_such_year": _("%(field)s is %(value)s: send a date between %(first)s and %(last)s."),
        "no_longer_holds": _(
            "This statement no longer holds; reload the portrait and look at what replaced it."
        ),
        "not_odd": _("Nothing is known to be odd about this user."),
        "not_running": _("This experiment is not running."),
        "nothing_decided": _("Nothing has been decided about this that could be undone."),
        "nothing_runs": _("No trained model runs for this: there is nothing to go back from."),
        "nothing_to_undo": _("There is nothing to undo about this statement."),
        "ordered_already": _("This is ordered already, and not finished."),
        "owners_link": _("Only owners of the workspace decide who signs in as its users."),
        "reason_too_long": _("A reason has at most %(most)s characters."),
        "started_before": _("This experiment was started before; make a new one."),
        "statement_gone": _("There is no such statement here any more."),
        "too_long": _("%(field)s is %(value)s: send at most %(most)s characters."),
        "user_gone": _("There is no such user any more."),
        "works_elsewhere": _("That account works elsewhere: ask an administrator to link it."),
    }


def _by_code() -> dict[str, str]:
    return {
        "forbidden": _("You may not do that."),
        "not_found": _("There is no such thing here any more."),
        "conflict": _("Something else changed first. Reload the page and look at how it stands."),
        "not_ready": _("Part of this is still being worked out. Please try again in a minute."),
    }
