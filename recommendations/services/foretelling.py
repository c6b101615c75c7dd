"""Judge a new sequence model by likings that were hidden from it, beside what serves today."""

from core.errors import InvalidError
from recommendations.engine.foretelling import Foretold, choose_sequence
from recommendations.engine.learned import Content
from recommendations.engine.learning import MIXED_PER_LENGTH, folds_for, rehearsals_of
from recommendations.engine.log import Log, last_moment, take
from recommendations.engine.sequence import Foreteller
from recommendations.engine.splits import time_split
from recommendations.models import Fit
from recommendations.queries.fits import serving_fit
from recommendations.queries.lessons import Lesson
from recommendations.services.fits import choices_of
from recommendations.services.learning import JUDGED, LEAST_USERS, VALIDATION, budget_for

# The newest share of the likings is hidden from what judges, so that three of the moments that
# learning rehearses come after it.
HIDDEN = 0.175


def unhidden(log: Log) -> tuple[Log, float]:
    """Return what a model may learn that is to be judged, and the moment from which all is hidden.

    Units: the moment in unix seconds.
    """
    before = last_moment(time_split(log, train=1 - HIDDEN, validation=HIDDEN).train)
    return take(log, log.times < before), before


def serving_of(workspace_id: int) -> Fit:
    """Return the fit that serves. Raises InvalidError where there is none to be beside."""
    fit = serving_fit(workspace_id)
    if fit is None:
        raise InvalidError(
            "Nothing was learnt in the workspace yet that a model could be judged beside."
        )
    return fit


def judge_sequence(
    workspace_id: int, lesson: Lesson, content: Content, foreteller: Foreteller
) -> Foretold:
    """Measure a model at the moments of learning that come after its cut-off.

    Beside it stands the blend of the serving fit, fitted on what was known at each moment.
    Raises InvalidError where too few users took to anything after it, or nothing serves.
    """
    learned, budget = choices_of(serving_of(workspace_id)), budget_for(lesson.log)
    split = time_split(lesson.log, train=1 - VALIDATION, validation=VALIDATION - JUDGED)
    folds = folds_for(split.train, split.validation, budget, per_length=MIXED_PER_LENGTH)
    late = [fold for fold in folds if foreteller.may_judge(fold.past)]
    judges = sum(len(fold.cases) for fold in late)
    if judges < LEAST_USERS:
        raise InvalidError(
            "Too few users took to anything new of late to judge a model by.",
            users=judges,
            least=LEAST_USERS,
        )
    found = choose_sequence(learned, rehearsals_of(late, content), content, foreteller)
    assert found is not None, "rehearsals that come late enough judge"
    return found
