"""A real worker reads what a stranger said, and the next request knows it."""

import pytest
from django.utils import timezone

from language.quick import SPACE, encode_sentence
from recommendations.rows import SlateRequest
from recommendations.services import asking
from recommendations.services.serving import recommend
from tests.factories import make_item, make_space, make_workspace
from tests.processes import flush_queue
from tests.recommendations.worlds import put_vector

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.django_db(transaction=True)]

TEXTS = {
    "sea": "Sailors fight storms and a whale on the open ocean.",
    "cook": "Simple recipes for soups, bread and cakes.",
    "space": "A lone engineer repairs a starship near Saturn.",
}


def test_a_worker_reads_the_words_and_the_next_request_is_led_by_them(start_worker, monkeypatch):
    """The worker's own space serves; the web process is told that it cannot read it."""
    monkeypatch.setattr(asking, "SPACE", ("another", "1"))
    flush_queue()
    workspace = make_workspace()
    encoder, revision = SPACE
    space = make_space(workspace, dimensions=384, encoder=encoder, revision=revision)
    elsewhere = make_workspace("elsewhere")
    make_space(elsewhere, dimensions=384, encoder=encoder, revision="unknown")
    for key, text in TEXTS.items():
        item = make_item(workspace, key, title=key)
        put_vector(item, space, encode_sentence(text, role="passage").tolist())

    def ask(of):
        request = SlateRequest(text="adventures at sea", sources=("taste",), length=3)
        return recommend(workspace=of, request=request, now=timezone.now())

    def told(of) -> set[str]:
        return {one.code for one in ask(of).warnings} & {"text_pending", "text_unread"}

    assert told(workspace) == told(elsewhere) == {"text_pending"}
    worker = start_worker()
    assert worker.finds(lambda: not told(workspace))
    slate = ask(workspace)
    assert slate.items[0].id == "sea"
    assert slate.items[0].reasons[0]["kind"] == "text"
    assert worker.finds(lambda: told(elsewhere) == {"text_unread"})
