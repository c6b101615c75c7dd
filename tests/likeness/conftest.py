"""Readers and visitors for the tests of pages."""

import pytest
from django.test import Client

from tests.likeness.people import Reader, make_reader


@pytest.fixture
def reader(db: None) -> Reader:
    """A reader with a small portrait."""
    return make_reader()


@pytest.fixture
def visit(reader: Reader) -> Client:
    """The reader's own browser, signed in."""
    client = Client()
    client.force_login(reader.account)
    return client
