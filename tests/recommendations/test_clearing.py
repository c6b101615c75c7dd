"""What fits that cannot serve again have left goes after the switch, and waits for nobody."""

import pytest

from recommendations.engine.blend import BlendConfig
from recommendations.engine.company import CompanyConfig
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Learned
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.models import Companion, Fit, Neighbours, Popularity, Takers
from recommendations.queries.due import fits_to_clear
from recommendations.queries.fits import get_fit_row
from recommendations.services import fits
from recommendations.services.clearing import KEPT_FITS, clear_away
from tests.beside import never_waiting, open_beside
from tests.recommendations.worlds import make_world, serve_choices
from workers.tasks import portraits

CHOICES = Learned.of_choices(
    NeighboursConfig("cosine", length=20),
    HistoryConfig(),
    PopularityConfig(),
    BlendConfig(weights={"neighbours": 0.5, "popular": 0.1, "company": 1.0}),
    {},
    more=("company",),
    compared=CompanyConfig(),
)
ALL = (Neighbours, Popularity, Takers, Companion)


def with_rows(rows) -> set[int]:
    return set(rows.objects.values_list("fit", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_that_died_left_is_found_again_and_an_erasure_is_not_waited_for(monkeypatch):
    world = make_world(6)
    workspace_id = world.workspace.pk
    made = []
    for number in range(KEPT_FITS + 1):
        if number == KEPT_FITS:  # the worker dies between the switch and the clearing
            monkeypatch.setattr(fits, "clear_away", lambda _: None)
        made.append(serve_choices(world, CHOICES)[0].pk)
    oldest = Fit.objects.get(pk=made[0])
    assert fits_to_clear(workspace_id).get() == oldest
    assert "not kept any more" in get_fit_row(oldest).hindrance
    assert with_rows(Popularity) == set(made[1:])
    assert with_rows(Neighbours) == with_rows(Takers) == with_rows(Companion) == set(made)
    leaving = Companion.objects.filter(fit=oldest).first()
    with open_beside(leaving.delete), never_waiting():
        clear_away(workspace_id)
        assert oldest.pk not in with_rows(Neighbours)
        assert oldest.pk in with_rows(Takers)
    portraits.learn(workspace_id)
    assert all(with_rows(rows) == set(made[1:]) for rows in ALL)
    assert not fits_to_clear(workspace_id).exists()
