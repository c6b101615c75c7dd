"""Whom staff have left out teaches the recommender nothing."""

import pytest

from profiles.models import LEFT_OUT, Profile
from recommendations.queries.due import learn_due
from recommendations.queries.lessons import load_lesson
from recommendations.services.learning import learn
from tests.factories import make_interaction, make_item, make_user, make_workspace

pytestmark = pytest.mark.django_db


def test_the_interactions_of_who_is_left_out_are_counted_and_not_learnt_from():
    workspace = make_workspace()
    items = [make_item(workspace) for _ in range(3)]
    bot, ben = make_user(workspace), make_user(workspace)
    make_interaction(ben, items[2], "like")
    last = [make_interaction(bot, item, "like") for item in items][-1]
    assert len(load_lesson(workspace.pk).log) == 4
    Profile.objects.create(workspace=workspace, user=bot, oddities=[LEFT_OUT])
    lesson = load_lesson(workspace.pk)
    assert (lesson.log.n_users, lesson.log.items.tolist()) == (1, [2])
    assert (lesson.interactions, lesson.last_interaction_id) == (4, last.pk)


def test_a_busy_bot_that_is_left_out_does_not_make_learning_due_for_ever():
    workspace = make_workspace()
    items = [make_item(workspace) for _ in range(25)]
    ben, bot = make_user(workspace), make_user(workspace)
    for item in items[:5]:
        make_interaction(ben, item, "like")
    for item in items:
        make_interaction(bot, item, "like")
    Profile.objects.create(workspace=workspace, user=bot, oddities=[LEFT_OUT])
    learn(workspace.pk)
    assert not learn_due(workspace.pk).exists()
