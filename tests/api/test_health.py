"""Alive and ready: what a load balancer asks."""

import pytest
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from likeness import health


@pytest.fixture(autouse=True)
def asked_for_the_first_time():
    health.answers.forget()
    yield
    health.answers.forget()


def ready():
    response = Client().get("/health/ready")
    return response.status_code, response.json()


def test_alive_asks_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert Client().get("/health/live").json() == {"status": "ok"}


def test_ready_without_a_worker_serves_and_says_so(db):
    status, body = ready()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "redis": "ok",
        "worker": "none replied",
        "budget": "ok",
    }


def test_a_migration_that_waits_is_not_ready(db):
    MigrationRecorder.Migration.objects.filter(app="profiles").latest("name").delete()
    status, body = ready()
    assert (status, body["status"]) == (503, "not_ready")
    assert body["checks"]["migrations"].endswith("not applied")


def test_a_database_that_is_away_is_not_ready(monkeypatch, db):
    def refuse():
        raise DatabaseError("gone")

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", refuse)
        status, body = ready()
    assert (status, body["status"]) == (503, "not_ready")
    assert body["checks"]["database"] == "does not answer"


def test_without_redis_it_serves_and_says_so(settings, db):
    settings.REDIS_URL = "redis://localhost:1/0"
    status, body = ready()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["redis"] == "does not answer"


def test_a_crowd_costs_what_one_request_costs(monkeypatch, db):
    pings = []
    monkeypatch.setattr(health, "worker_answers", lambda: pings.append(1) or "ok")
    first = ready()
    with CaptureQueriesContext(connection) as queries:
        assert [ready() for _ in range(20)] == [first] * 20
    assert (len(queries), len(pings)) == (0, 1)


def test_an_answer_is_found_again_when_it_is_old_and_the_migrations_are_not_read_twice(
    monkeypatch, db
):
    monkeypatch.setattr(health, "worker_answers", lambda: "none replied")
    assert ready()[1]["status"] == "degraded"
    monkeypatch.setattr(health, "worker_answers", lambda: "ok")
    monkeypatch.setattr(health, "migrations_applied", lambda: "1 not applied")
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    assert ready()[1]["checks"] == dict.fromkeys(CHECKS, "ok")


CHECKS = ("database", "migrations", "redis", "worker", "budget")


@pytest.mark.slow
def test_with_a_worker_everything_is_ok(worker):
    assert ready() == (200, {"status": "ok", "checks": dict.fromkeys(CHECKS, "ok")})
