"""The names of jobs and the tasks that do them are the same list."""

import json

import pytest

from core.jobs import Job
from tests.architecture.interpreter import answer_of

# What a worker has loaded once it has started, Celery's own tasks aside.
TASKS = """
import json

import pytest
import django
django.setup()
from likeness.celery import app
app.loader.import_default_modules()
print(json.dumps(sorted(name for name in app.tasks if not name.startswith("celery."))))
"""


@pytest.mark.slow
def test_every_job_has_a_task_and_every_task_a_job():
    assert json.loads(answer_of(TASKS)) == sorted(job.value for job in Job)


def test_a_job_that_is_enqueued_without_a_task_would_be_noticed_by_its_name():
    assert len({job.value for job in Job}) == len(list(Job))
