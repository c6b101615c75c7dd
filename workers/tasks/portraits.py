"""From evidence to portraits and from behaviour to recommendations."""

from collections.abc import Sequence

from django.utils import timezone

from core.jobs import Job, enqueue
from core.stages import Stage
from profiles.models import User
from profiles.queries import due
from profiles.services import (
    calibrations,
    descriptions,
    interests,
    latents,
    provisional,
    segments,
    statements,
    tastes,
)
from recommendations.services import clearing, learning, outcomes
from workers import loop
from workers.booking import booked
from workers.registry import task_for
from workers.stages import BY_STAGE, has_due


@task_for(Job.STATE)
def state(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """State what users like and dislike."""
    works: dict[str, loop.Work] = {
        "interests": draw_interests,
        "workspace": calibrate,
        "users": state_users,
    }
    return _run(Stage.STATE, workspace_id, works, at_once, helper)


@task_for(Job.TASTE)
def taste(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Place users' tastes in the active space."""
    return _run(Stage.TASTE, workspace_id, {"users": taste_users}, at_once, helper)


@task_for(Job.LATENT)
def latent(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Guess what users may come to like."""
    return _run(Stage.LATENT, workspace_id, {"workspace": foretell_latents}, at_once, helper)


@task_for(Job.SEGMENT)
def segment(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Part a workspace's users into segments."""
    return _run(Stage.SEGMENT, workspace_id, {"workspace": segment_users}, at_once, helper)


@task_for(Job.LEARN)
def learn(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Learn from a workspace's interactions what to recommend, and count what slates led to."""
    works: dict[str, loop.Work] = {
        "workspace": learn_all,
        "rates": outcomes.count_again,
        "responses": count_responses,
        "fits": clear_fits,
    }
    return _run(Stage.LEARN, workspace_id, works, at_once, helper)


@task_for(Job.REFRESH_USER)
def refresh_user(user_id: int) -> bool:
    """Draw one user's portrait anew at once. Returns whether there was something to do."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return False  # erased while the message was on its way
    steps = (
        (Stage.STATE, due.users_to_state, state_users),
        (Stage.TASTE, due.users_to_taste, taste_users),
        (Stage.DESCRIBE, due.users_to_describe, descriptions.describe_users),
    )
    done = 0
    for stage, is_due, work in steps:
        if is_due(user.workspace_id).filter(pk=user_id).exists():
            with booked(user.workspace_id, f"{stage}.users") as entry:
                entry.rows = work(user.workspace_id, [user_id])
            done += entry.rows
    provisional.place_by_words(user.workspace_id, [user_id])
    if has_due(BY_STAGE[Stage.CLEAN], user.workspace_id):
        enqueue(Job.CLEAN, workspace_id=user.workspace_id)
    return done > 0


def calibrate(workspace_id: int, _: Sequence[int]) -> int:
    """Learn how sure to be in a workspace. Returns how many statements were judged."""
    return calibrations.calibrate(workspace_id, now=timezone.now())


def foretell_latents(workspace_id: int, _: Sequence[int]) -> int:
    """Guess what a workspace's users may come to like. Returns how many histories were tried."""
    return latents.foretell(workspace_id, now=timezone.now())


def draw_interests(workspace_id: int, _: Sequence[int]) -> int:
    """Cluster a workspace's items into interests. Returns how many there are."""
    return interests.draw_interests(workspace_id, now=timezone.now())


def state_users(workspace_id: int, ids: Sequence[int]) -> int:
    """State what some users like. Returns how many were done."""
    return statements.state_users(workspace_id, ids, now=timezone.now())


def taste_users(workspace_id: int, ids: Sequence[int]) -> int:
    """Place some users' tastes. Returns how many were done."""
    return tastes.taste_users(workspace_id, ids, now=timezone.now())


def segment_users(workspace_id: int, _: Sequence[int]) -> int:
    """Segment a workspace. Returns how many users have a segment."""
    return segments.segment_users(workspace_id)


def learn_all(workspace_id: int, _: Sequence[int]) -> int:
    """Learn in a workspace. Returns how many interactions were learnt from."""
    return learning.learn(workspace_id)


def count_responses(workspace_id: int, _: Sequence[int]) -> int:
    """Count anew what interactions that name slates tell. Returns how many items were counted."""
    return outcomes.count_responses(workspace_id)


def clear_fits(workspace_id: int, _: Sequence[int]) -> int:
    """Delete what a worker that died left of fits that serve no more. Returns how many fits."""
    return clearing.clear_away(workspace_id)


def _run(
    stage: Stage, workspace_id: int, works: dict[str, loop.Work], at_once: int, helper: int
) -> int:
    plan = BY_STAGE[stage]
    return loop.run(plan, workspace_id, works, at_once=at_once, helper=helper)
