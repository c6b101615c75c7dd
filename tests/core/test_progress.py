"""A job says how far it is, and never runs on without anybody who does it."""

import pytest
from django.utils import timezone

from core.models import JobRun
from core.progress import (
    SILENCE,
    advance_job,
    begin_job,
    fail_silent_jobs,
    finish_job,
    running_job,
)
from workers.tasks.sweep import sweep

pytestmark = pytest.mark.django_db
State = JobRun.State


@pytest.mark.parametrize("error", [ValueError("the model broke"), KeyboardInterrupt()])
def test_whatever_breaks_a_job_off_closes_it(workspace, error):
    with pytest.raises(type(error)), running_job(workspace_id=workspace.pk, name="refresh"):
        raise error
    job = JobRun.objects.get()
    message = str(error) or "It ended with KeyboardInterrupt."
    assert (job.state, job.message) == (State.FAILED, message)
    assert job.finished_at


def test_a_job_that_went_well_stays_done(workspace):
    with running_job(workspace_id=workspace.pk, name="refresh") as job:
        finish_job(job.pk, result={})
    assert JobRun.objects.get().state == State.DONE


def test_the_sweep_closes_jobs_that_nobody_was_heard_of(workspace):
    silent, heard, done = (begin_job(workspace_id=workspace.pk, name="refresh") for _ in range(3))
    finish_job(done.pk, result={})
    JobRun.objects.update(updated_at=timezone.now() - SILENCE * 2)
    advance_job(heard.pk, done=1)
    sweep()
    states = dict(JobRun.objects.values_list("pk", "state"))
    assert states == {silent.pk: State.FAILED, heard.pk: State.RUNNING, done.pk: State.DONE}
    assert fail_silent_jobs() == 0
