"""A small world with obvious answers: two shelves, and readers who keep to one of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import Item, ItemTag, ItemVector, Space, Tag, TrainedModel
from profiles.models import Profile, ProfileVector, Segment, Statement, User
from recommendations.engine.company import Company, CompanyConfig
from recommendations.engine.factors import FactorsConfig, Placed
from recommendations.engine.fitting import refit
from recommendations.engine.learned import Learned
from recommendations.engine.sequence import Network, shapes_of
from recommendations.models import FactorSpace, Fit, Popularity, SegmentFavourites, TagLinks
from recommendations.queries.lessons import Lesson, load_lesson
from recommendations.queries.sequences import settings_of
from recommendations.sequence_files import Kept
from recommendations.services.companions import store_company
from recommendations.services.fits import store_serving
from recommendations.services.spaces import Places, store_space
from tests.factories import (
    make_interaction,
    make_item,
    make_space,
    make_tag,
    make_user,
    make_workspace,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class World:
    """Gothic items g0, g1, ... point east; travel items t0, t1, ... point north."""

    workspace: Workspace
    gothic: list[Item]
    travel: list[Item]
    tags: dict[str, Tag]
    space: Space


def make_world(size: int = 8, *, readers: int = 6) -> World:
    """Make both shelves, and for each of them readers who liked all of it but one item.

    Reader n of the gothic shelf, "gn", has not met item "gn" yet; the same holds for travel.
    """
    workspace = make_workspace()
    world = World(
        workspace=workspace,
        gothic=[make_item(workspace, f"g{n}", title=f"Gothic {n}") for n in range(size)],
        travel=[make_item(workspace, f"t{n}", title=f"Travel {n}") for n in range(size)],
        tags={key: make_tag(workspace, key) for key in ("gothic", "travel")},
        space=make_space(workspace),
    )
    for shelf, key, direction in (
        (world.gothic, "gothic", [1.0, 0.0, 0.0]),
        (world.travel, "travel", [0.0, 1.0, 0.0]),
    ):
        for item in shelf:
            put_tag(item, world.tags[key])
            put_vector(item, world.space, direction)
        for number in range(readers):
            reader = make_user(workspace, f"{key[0]}{number}")
            for day, item in enumerate(shelf):
                if day != number:
                    make_interaction(reader, item, happened_at=NOW - timedelta(days=30 - day))
    return world


def put_tag(item: Item, tag: Tag) -> None:
    ItemTag.objects.create(
        workspace_id=item.workspace_id, item=item, tag=tag, model="hand", version="1"
    )


def put_vector(item: Item, space: Space, vector: list[float]) -> None:
    ItemVector.objects.create(
        workspace_id=item.workspace_id, space=space, item=item, vector=vector, content_hash=""
    )


def put_statement(user: User, tag: Tag, polarity: int = 1, **fields: object) -> Statement:
    values = {
        "strength": 0.9,
        "confidence": 1.0,
        "level": Statement.Level.DECLARED,
        "status": Statement.Status.ACTIVE,
        "valid_from": NOW,
        "model": "hand",
        "version": "1",
    } | fields
    return Statement.objects.create(
        workspace_id=user.workspace_id, user=user, tag=tag, polarity=polarity, **values
    )


def put_taste(user: User, space: Space, vector: list[float], slot: int = 0, weight: float = 1.0):
    return ProfileVector.objects.create(
        workspace_id=user.workspace_id,
        space=space,
        user=user,
        slot=slot,
        vector=vector,
        weight=weight,
        version="1",
    )


def put_factors(world: World, weight: float = 0.5) -> FactorSpace:
    """Let the serving fit place items by implicit factors, and count them so much."""
    fit = weighed(world, "factors", weight)
    lesson = load_lesson(world.workspace.pk)
    placed = Placed.of(lesson.log, FactorsConfig(dimensions=4, ridge=0.5))
    settings = {"trust": placed.config.trust, "ridge": placed.config.ridge}
    places = Places("factors", lesson.items, placed.vectors, settings, placed.table)
    return store_space(fit, places)


def put_sequence(world: World, weight: float = 0.5) -> FactorSpace:
    """Let the serving fit await more of what somebody liked last, and count that so much.

    The network passes the last item on as it is; items of one shelf point the same way.
    """
    fit = weighed(world, "sequence", weight)
    shapes = shapes_of(length=50, width=4, blocks=1, inner=4)
    arrays = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}
    arrays["norm.weight"] += 1.0
    items = [*world.gothic, *world.travel]
    vectors = np.full((len(items), 4), -1.0, dtype=np.float32)
    vectors[: len(world.gothic), 0] = vectors[len(world.gothic) :, 1] = 3.0
    ids = np.array([item.pk for item in items], dtype=np.int64)
    kept = Kept(Network(arrays, heads=1), ids, vectors)
    model, _ = TrainedModel.objects.get_or_create(
        workspace=world.workspace,
        use="sequence",
        name=f"sequence-{world.workspace.pk}",
        defaults={"method": "causal", "base": "nothing", "digest": "d", "state": "running"},
    )
    settings, table = settings_of(kept, model.name), kept.network.flat()
    return store_space(fit, Places("sequence", kept.ids, kept.vectors, settings, table))


def put_everything(world: World) -> None:
    """Let every source that the serving fit does not count by itself count in it."""
    put_factors(world)
    put_sequence(world)
    put_links(world)
    put_more(world)


def serve_choices(world: World, learned: Learned) -> tuple[Fit, Learned, Lesson]:
    """Fit choices on everything and let them serve, as `learn` does with what it has found."""
    lesson = load_lesson(world.workspace.pk)
    serving = Fit.objects.filter(workspace=world.workspace, state="serving").first()
    fitted = refit(learned, lesson.log)
    fit = store_serving(
        workspace_id=world.workspace.pk,
        lesson=lesson,
        learned=fitted,
        report={},
        now=timezone.now(),
        instead_of=serving and serving.pk,
    )
    return fit, fitted, lesson


def put_more(world: World, weight: float = 0.5) -> None:
    """Let the serving fit count so much what trends, what is new, what segments take to, and what
    users of a like past do.

    All is a month old, and whoever is there stands in one segment, which likes the travel shelf.
    """
    for source in ("trending", "segment", "new"):
        fit = weighed(world, source, weight)
    put_company(world, weight)
    arrived = (NOW - timedelta(days=30)).timestamp()
    Popularity.objects.filter(fit=fit).update(arrived=arrived)
    segment = put_segment(world, User.objects.filter(workspace=world.workspace), "travel")
    shelf = [item.pk for item in world.travel]
    SegmentFavourites.objects.create(
        workspace=world.workspace,
        fit=fit,
        segment=segment,
        item_ids=shelf,
        weights=[1.0 / (1 + place) for place in range(len(shelf))],
    )


def put_links(world: World, weight: float = 0.5) -> None:
    """Let the serving fit count so much what is linked to tags: for each, its shelf in order."""
    fit = weighed(world, "portrait", weight)
    TagLinks.objects.filter(fit=fit).delete()
    for key, shelf in (("gothic", world.gothic), ("travel", world.travel)):
        TagLinks.objects.create(
            workspace=world.workspace,
            fit=fit,
            tag=world.tags[key],
            item_ids=[item.pk for item in shelf],
            weights=[1.0 / (1 + place) for place in range(len(shelf))],
        )


def put_company(world: World, weight: float = 0.5) -> Fit:
    """Let the serving fit give seats to all users, and count so much what like ones took to."""
    fit = weighed(world, "company", weight)
    config, lesson = CompanyConfig(most=20), load_lesson(world.workspace.pk)
    fit.refresh_from_db()
    Fit.objects.filter(pk=fit.pk).update(config=fit.config | {"compared": asdict(config)})
    alive = np.ones(len(lesson.items), dtype=np.bool_)
    store_company(fit, Company.of(lesson.log, config), lesson, alive)
    return fit


def put_segment(world: World, users: Iterable[User], tag: str | None, number: int = 1) -> Segment:
    """Let users stand in a segment, named after a tag or after nothing."""
    segment = Segment.objects.create(
        workspace=world.workspace,
        number=number,
        names={"en": tag or "Mixed taste"},
        tags=[world.tags[tag].pk] if tag else [],
        space=world.space,
        centroid=[1.0, 0.0, 0.0],
        version="1",
    )
    for user in users:
        Profile.objects.create(
            workspace=world.workspace, user=user, segment=segment, segment_distance=0.1
        )
        Segment.objects.filter(pk=segment.pk).update(size=F("size") + 1)
    return segment


def with_portrait(world: World, weight: float) -> None:
    """Let the serving fit count what is learnt of statements so much."""
    fit = Fit.objects.get(workspace=world.workspace, state="serving")
    blend = fit.config["blend"] | {"buckets": []}
    blend["weights"] = blend["weights"] | {"portrait": weight}
    Fit.objects.filter(pk=fit.pk).update(config=fit.config | {"blend": blend})


def weighed(world: World, source: str, weight: float) -> Fit:
    """Give a source of the serving fit a weight, and take from it what it has stored."""
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    blend = dict(fit.config["blend"])
    blend["weights"] = blend["weights"] | {source: weight}
    blend["buckets"] = [
        one | {"weights": one["weights"] | {source: weight}} for one in blend["buckets"]
    ]
    Fit.objects.filter(pk=fit.pk).update(config=fit.config | {"blend": blend})
    fit.spaces.filter(source=source).delete()
    return fit


def find_user(world: World, external_id: str) -> User:
    return User.objects.get(workspace=world.workspace, external_id=external_id)
