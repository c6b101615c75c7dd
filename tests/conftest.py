"""What every test may ask for: the real servers, a workspace, the models, a real worker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from accounts.models import Workspace
from likeness.embedded import ensure_started
from tests.factories import make_workspace
from tests.processes import RunningWorker, end_leftover_worker, test_redis_url

ROOT = Path(__file__).resolve().parents[1]

# A property meets the same examples in every run, and no deadline: the first of them may load a
# dictionary. Loaded here, since `settings(...)` in a test module starts from what is loaded then.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_configure() -> None:
    """Keep the tests' queue apart from the one in use, in a Redis database of theirs."""
    settings.REDIS_URL = test_redis_url(settings.REDIS_URL)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where it is missing


@pytest.fixture(scope="session")
def servers() -> None:
    """The embedded servers, where the tests are not given others."""
    ensure_started(settings)
    end_leftover_worker()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    servers: None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Start the servers before pytest-django makes the test database, one for each lane."""


@pytest.fixture
def workspace(db: None) -> Workspace:
    """A workspace of the reading scenario, empty but for its kinds."""
    return make_workspace()


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder where model weights are unpacked, once for all tests."""
    settings.MODELS.mkdir(parents=True, exist_ok=True)
    return settings.MODELS


@pytest.fixture
def start_worker(transactional_db: None) -> Iterator[Callable[..., RunningWorker]]:
    """A function that starts a real worker on the test database; all end with the test."""
    running: list[RunningWorker] = []

    def start(**how: Any) -> RunningWorker:
        running.append(RunningWorker.start(**how))
        return running[-1]

    yield start
    for worker in running:
        worker.kill()


@pytest.fixture
def worker(start_worker: Callable[..., RunningWorker]) -> RunningWorker:
    """A real worker on the test database."""
    return start_worker()
