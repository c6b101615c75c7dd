"""What partners say of a user is held against the sensitive topics before it is stored."""

import pytest

from accounts.models import Scenario
from profiles.models import User
from profiles.rows import UserIn
from profiles.services.amend import amend_user
from profiles.services.people import sensitive_traits, upsert_users
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db

TRAITS = {"plan": "free", "religion": "b", "about": {"notes": ["diabetes"]}, "town": "York"}


def test_what_names_a_sensitive_topic_is_dropped_and_the_row_says_so(workspace):
    rows = [UserIn("ann", traits=TRAITS), UserIn("bob", traits={"plan": "paid"})]
    first, second = upsert_users(workspace=workspace, rows=rows)
    assert User.objects.get(external_id="ann").traits == {"plan": "free", "town": "York"}
    assert (first.status, first.code, first.field) == ("created", "sensitive", "traits")
    assert "about, religion" in first.message
    assert (second.status, second.code) == ("created", "")


def test_a_changed_trait_is_held_too(workspace):
    upsert_users(workspace=workspace, rows=[UserIn("ann", traits={"plan": "free"})])
    changes = {"traits": {"plan": "free", "political_views": "x"}}
    result = amend_user(workspace=workspace, external_id="ann", changes=changes)
    assert (result.status, result.code) == ("unchanged", "sensitive")
    assert User.objects.get().traits == {"plan": "free"}


def test_what_a_clinic_has_lifted_is_kept_and_nothing_else(db):
    clinic = make_workspace("clinic", scenario=Scenario.HEALTH)
    clinic.lifted_topics = ["health"]
    traits = {"note": "diabetes", "religion": "b"}
    assert sensitive_traits(traits, clinic.lifted_topics) == ["religion"]
    upsert_users(workspace=clinic, rows=[UserIn("ann", traits=traits)])
    assert User.objects.get().traits == {"note": "diabetes"}
