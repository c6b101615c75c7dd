"""Why guesses about users are made in a workspace, or not, in words for staff."""

from django.utils.translation import gettext as _

from profiles.models import LatentTrial

Outcome = LatentTrial.Outcome


def trial_in_words(trial: LatentTrial | None) -> str:
    """Return a sentence or two on the newest trial, or on there being none."""
    if trial is None:
        return _("Nobody has tried yet to guess what users may come to like.")
    if trial.outcome == Outcome.FEW_USERS:
        told = _("There are no guesses: %(users)d users have done anything, too few to learn from.")
        return told % {"users": trial.users}
    if trial.outcome == Outcome.NO_TAGS:
        return _("There are no guesses: no tag was taken to by enough users.")
    figures = {
        "users": trial.users,
        "tags": trial.tags,
        "guesses": trial.guesses,
        "ours": round(100 * (trial.recall or 0.0)),
        "popular": round(100 * (trial.popular or 0.0)),
    }
    told = (
        _(
            "%(guesses)d guesses are shown. Held against what %(users)d users came to like later, "
            "guesses name %(ours)d %% of it first and what is popular %(popular)d %%."
        )
        if trial.outcome == Outcome.WON
        else _(
            "There are no guesses. Held against what %(users)d users came to like later, guesses "
            "name %(ours)d %% of it first and what is popular %(popular)d %%: not surely better."
        )
    )
    return told % figures
