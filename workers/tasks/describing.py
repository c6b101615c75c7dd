"""From statements to words: the template's at once, a generator's where one is set."""

from collections.abc import Sequence

import structlog

from core.claims import park
from core.jobs import Job
from core.stages import Stage
from language import phrasing
from language.generate import GeneratorAwayError
from profiles.queries.described import phrased_version
from profiles.services import descriptions
from workers import loop
from workers.generator_setting import generator_name
from workers.generators import load_generator
from workers.parts import PHRASING
from workers.registry import task_for
from workers.stages import BY_STAGE

log = structlog.get_logger(__name__)


@task_for(Job.DESCRIBE)
def describe(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Put users' statements into words."""
    works: dict[str, loop.Work] = {
        "users": descriptions.describe_users,
        "phrasing": phrase_users,
    }
    plan = BY_STAGE[Stage.DESCRIBE]
    models = {"phrasing": generator_name()}
    return loop.run(plan, workspace_id, works, models=models, at_once=at_once, helper=helper)


def phrase_users(workspace_id: int, ids: Sequence[int]) -> int:
    """Have the generator describe some users. Returns how many were done.

    Where it cannot be reached the template's words stand, and the users wait until their claim
    ends: then it is asked again.
    """
    generator = load_generator()
    if generator is None:
        return 0
    try:
        made = descriptions.phrase_users(
            workspace_id,
            ids,
            generator=generator,
            version=phrased_version(f"{generator_name()} {phrasing.VERSION}"),
        )
    except GeneratorAwayError as error:
        log.warning("generator.away", model=generator.name, users=len(ids), why=error.message)
        park(PHRASING, ids)
        return 0
    log.info(
        "users.phrased",
        workspace_id=workspace_id,
        users=made.users,
        asked=made.asked,
        kept=made.kept,
        claims=made.claims,
        supported=made.supported,
    )
    return made.users
