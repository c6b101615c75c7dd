"""Do portraits find the tastes that were planted in the demo's readers?"""

from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Workspace
from likeness.demo.world import make_world, write_folder
from profiles.models import Calibration, Evidence, Review, Statement, User
from profiles.queries.due import users_to_state
from profiles.services.calibrations import calibrate
from profiles.services.statements import state_users
from tests.profiles.readers import NOW
from workers.tasks.texts import clean_texts, read_reviews, tag_items

ROOT = Path(__file__).resolve().parents[2]
CRITICS = ROOT.parent / "shared" / "data" / "film-critics"
OWED = 5


def portraits_of(folder: Path, scenario: str) -> Workspace:
    """Bring a folder in and run every stage that a statement rests on."""
    call_command("ingest", str(folder), workspace="planted", scenario=scenario, verbosity=0)
    workspace = Workspace.objects.get(name="planted")
    for stage in (clean_texts, tag_items, read_reviews):
        stage(workspace_id=workspace.pk)
    calibrate(workspace.pk, now=NOW)
    due = list(users_to_state(workspace.pk).values_list("pk", flat=True))
    for start in range(0, len(due), 256):
        state_users(workspace.pk, due[start : start + 256], now=NOW)
    return workspace


def assert_quotes_are_verbatim(workspace: Workspace) -> None:
    quoted = Evidence.objects.filter(workspace=workspace).exclude(quote="")
    reviews = dict(Review.objects.filter(workspace=workspace).values_list("pk", "text"))
    for quote, review in quoted.values_list("quote", "interaction_id"):
        assert quote in reviews[review]


def writers_without_a_quote(workspace: Workspace) -> list[str]:
    """Users with five reviews, none of whose statements shows their words."""
    written: dict[int, int] = {}
    reviews = Review.objects.filter(workspace=workspace).exclude(clean_text="")
    for user in reviews.values_list("interaction__user_id", flat=True):
        written[user] = written.get(user, 0) + 1
    quoted = set(
        Evidence.objects.filter(workspace=workspace, statement__valid_until=None)
        .exclude(quote="")
        .values_list("statement__user_id", flat=True)
    )
    owed = {user for user, count in written.items() if count >= OWED} - quoted
    return sorted(User.objects.filter(pk__in=owed).values_list("external_id", flat=True))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_portraits_find_the_planted_tastes(tmp_path):
    write_folder(tmp_path)
    workspace = portraits_of(tmp_path, "reading")
    stated = Statement.objects.filter(
        workspace=workspace, valid_until=None, status=Statement.Status.ACTIVE
    )
    rows = list(stated.values_list("user__external_id", "tag__key", "polarity"))
    found = {(user, tag): polarity for user, tag, polarity in rows}
    planted = make_world().planted
    likes = [found.get((each.user, tag)) for each in planted for tag in each.current_likes]
    dislikes = [found.get((each.user, tag)) for each in planted for tag in each.current_dislikes]
    assert likes.count(1) / len(likes) >= 0.8
    assert dislikes.count(-1) / len(dislikes) >= 0.7
    of_planted = {each.user for each in planted}
    # The rest goes with the planted tastes, in the items that bear both, and comes true as well.
    told = [polarity for user, _, polarity in rows if user in of_planted]
    assert likes.count(1) / told.count(1) >= 0.4
    assert dislikes.count(-1) / told.count(-1) >= 0.7
    wrong = likes.count(-1) + dislikes.count(1)
    assert wrong / (len(likes) + len(dislikes)) <= 0.05
    assert_quotes_are_verbatim(workspace)
    assert writers_without_a_quote(workspace) == []


@pytest.mark.slow
@pytest.mark.skipif(not CRITICS.is_dir(), reason=f"{CRITICS.name} is not on this machine")
@pytest.mark.django_db(transaction=True)
def test_every_critic_with_five_reviews_is_quoted_verbatim():
    workspace = portraits_of(CRITICS, "video")
    assert Statement.objects.filter(workspace=workspace).count() > 2_000
    assert Calibration.objects.get(workspace=workspace).error <= 0.05
    assert_quotes_are_verbatim(workspace)
    assert writers_without_a_quote(workspace) == []
