"""Whoever reads a description can see who put it into words."""

import pytest
from django.test import Client

from language.endpoint import Endpoint
from profiles import versions
from profiles.services.descriptions import describe_users, phrase_users
from tests.language.protocol import chat, serving
from tests.likeness.people import Reader, give_statement, make_staff


@pytest.fixture
def phrased(reader: Reader, monkeypatch) -> Reader:
    """The reader, described by a generator."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    give_statement(reader.user, reader.world.tags["travel"], reader.world.travel[:2])
    pk = reader.user.workspace_id
    describe_users(pk, [reader.user.pk])
    with serving(lambda _: chat("They are very fond of gothic and travel.")) as served:
        generator = Endpoint(url=served.url, model="tiny-writer", attempts=1)
        version = f"{versions.DESCRIPTIONS}+tiny"
        phrase_users(pk, [reader.user.pk], generator=generator, version=version)
    return reader


def test_the_users_page_says_it_in_the_generators_words_to_them(phrased, visit):
    page = visit.get("/my-portrait/").content.decode()
    assert "You are very fond of gothic and travel." in page
    assert "Phrased by tiny-writer, and every claim of it checked." in page
    chinese = visit.get("/my-portrait/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert "tiny-writer" not in chinese  # what it wrote in English for Chinese was refused


def test_staff_see_who_wrote_how_many_statements_it_tells_and_when(phrased):
    staff = Client()
    staff.force_login(make_staff("curator", phrased.user.workspace))
    page = staff.get(f"/admin/profiles/user/{phrased.user.pk}/change/").content.decode()
    assert "Worded by tiny-writer, every claim checked against the statements" in page
    assert "2 statements told" in page
    assert '<time datetime="' in page
    first = staff.get("/admin/").content.decode()
    assert "1 portraits in words: 1 by the generator, checked claim by claim; 0 needed" in first
