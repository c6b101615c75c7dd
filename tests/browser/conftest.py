"""A real Chromium, windows into it, and the assurance that none of them calls anybody else."""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from accounts.models import Account
from tests.likeness.people import Reader, make_reader

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = {"localhost", "127.0.0.1"}
# How long a page may take, in milliseconds: a busy machine compiles the first ones for seconds.
PATIENCE = 30_000
OpenWindow = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: “make browser” installs it on Debian.")
    # Playwright keeps an event loop in this thread, from which Django would not let us query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_window(chromium: Browser, live_server) -> Iterator[OpenWindow]:
    """A function that opens a window, signed in as an account where one is given.

    When the test ends, no window may have called another machine, or met a script's error.
    """
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    broken: list[str] = []

    def open_one(account: Account | None = None, *, width: int = 1280, **options) -> Page:
        options = {"locale": "en", "viewport": {"width": width, "height": 900}} | options
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: broken.append(str(error.error)))
        if account is not None:
            sign_in(context, account, live_server.url)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    outside = [
        url for url in asked if url.startswith("http") and urlsplit(url).hostname not in HERE
    ]
    assert asked
    assert outside == []
    assert broken == []


def sign_in(context: BrowserContext, account: Account, url: str) -> None:
    """Carry the session of a sign-in over into the browser."""
    client = Client()
    client.force_login(account)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])


@pytest.fixture
def reader(transactional_db: None) -> Reader:
    """A reader with a small portrait."""
    return make_reader(size=30)


@pytest.fixture
def window(open_window: OpenWindow, reader: Reader) -> Page:
    """The reader's window, signed in."""
    return open_window(reader.account)
