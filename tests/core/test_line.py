"""A dead queue costs a caller one try, not one a message."""

import pytest
from celery import current_app

from core.jobs import Job, Line


class Broker:
    """Takes messages while it is up, and counts the tries."""

    is_up = False
    tries = 0

    def send_task(self, *_: object, **__: object) -> None:
        self.tries += 1
        if not self.is_up:
            raise ConnectionError


def test_after_a_failure_nobody_tries_until_the_line_has_rested(monkeypatch):
    broker, moment = Broker(), [0.0]
    monkeypatch.setattr(current_app, "send_task", broker.send_task)
    line = Line(lambda: moment[0])
    with pytest.raises(ConnectionError):
        line.send(Job.SWEEP, {})
    for _ in range(50):
        line.send(Job.REFRESH_USER, {"user_id": 1})
    assert broker.tries == 1
    moment[0], broker.is_up = Line.REST_SECONDS, True
    line.send(Job.SWEEP, {})
    line.send(Job.SWEEP, {})
    assert broker.tries == 3
