"""A workspace with one of everything, and a program that calls with every right."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Workspace
from core.progress import begin_job
from profiles.models import Evidence, Profile, Segment, Statement
from profiles.services.undoing import kept
from recommendations.models import Experiment, Slate
from tests.api.caller import Caller
from tests.factories import (
    make_interaction,
    make_item,
    make_space,
    make_tag,
    make_user,
    make_workspace,
)


@dataclass(frozen=True)
class World:
    """The names under which a workspace's rows are asked for."""

    workspace: Workspace
    item: str
    user: str
    tag: str
    statement: int
    segment: int
    job: UUID
    slate: UUID
    draft: int
    running: int
    event: UUID


def make_world(name: str, *, item: str, user: str, tag: str, segment: int) -> World:
    """Make a workspace with one row of everything that the API can show."""
    workspace = make_workspace(name)
    thing = make_item(workspace, item, title=f"The title of {item}", text="A text.")
    person = make_user(workspace, user, name=f"The name of {user}")
    word, space = make_tag(workspace, tag), make_space(workspace)
    met = make_interaction(person, thing, "like", happened_at=timezone.now())
    statement = Statement.objects.create(
        workspace=workspace,
        user=person,
        tag=word,
        polarity=1,
        strength=0.8,
        confidence=0.9,
        level=Statement.Level.OBSERVED,
        status=Statement.Status.ACTIVE,
        valid_from=timezone.now(),
        before=kept(Statement(status=Statement.Status.ACTIVE)),
        model="by hand",
        version="1",
    )
    Evidence.objects.create(workspace=workspace, statement=statement, interaction=met, weight=0.8)
    cluster = Segment.objects.create(
        workspace=workspace,
        number=segment,
        names={"en": f"Readers of {tag}"},
        space=space,
        centroid=[1.0, 0.0, 0.0],
        size=1,
        version="1",
    )
    Profile.objects.create(workspace=workspace, user=person, segment=cluster, segment_distance=0.25)
    slate = Slate.objects.create(
        workspace=workspace, user=person, item_ids=[thing.pk], scores=[1.0], reasons=[[]]
    )
    job = begin_job(workspace_id=workspace.pk, name="refresh", total=3)
    arms = [{"name": "as now"}, {"name": f"{tag} lists", "without": ["tags"]}]
    draft, running = (
        Experiment.objects.create(
            workspace=workspace, name=f"{tag} {state}", arms=arms, state=state, placement=state
        )
        for state in ("draft", "running")
    )
    rows = (statement.pk, segment, job.pk, slate.pk, draft.pk, running.pk)
    rows = (*rows, met.event_key)
    return World(workspace, item, user, tag, *rows)


@pytest.fixture
def ours(db: None) -> World:
    """The workspace that the program may see."""
    return make_world("ours", item="our-item", user="our-user", tag="gothic", segment=1)


@pytest.fixture
def theirs(db: None) -> World:
    """Another workspace, whose names are its own."""
    return make_world("theirs", item="their-item", user="their-user", tag="noir", segment=2)


@pytest.fixture
def caller(ours: World) -> Caller:
    """A program of our workspace with every right."""
    return Caller(ours.workspace)
