"""A request that names what goes at the same moment is told so, and what to do."""

import pytest

from profiles.services.corrections import erase
from recommendations.models import Slate
from tests.api.caller import Caller
from tests.beside import open_beside
from tests.factories import make_user
from tests.recommendations.worlds import make_world


@pytest.mark.django_db(transaction=True)
def test_a_list_for_somebody_who_is_being_erased_is_a_conflict():
    world = make_world(4)
    user = make_user(world.workspace, "ann")
    caller = Caller(world.workspace)
    with open_beside(lambda: erase(user=user), until_waited_for=True):
        answer = caller.post("recommendations", {"user": "ann"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "Send it again." in answer.json()["detail"]
    assert not Slate.objects.exists()
    assert caller.post("recommendations", {"user": "ann"}).status_code == 200, "a stranger"
