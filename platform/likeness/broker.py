"""Celery's settings: small JSON messages, delivered again when a worker dies.

Messages are hints. What is to be done is read from the database, so results are not kept and a
message that arrives twice, late or never does no harm.
"""

from django.conf import settings

from core.jobs import Job
from likeness.settings.places import broker_of

broker_url = broker_of(settings.REDIS_URL)
broker_connection_retry_on_startup = True
broker_transport_options = {
    # Longer than a stage works on one message, which it hands over to a new one every minute.
    # Training works for longer: its message comes again, finds the order held, and ends.
    "visibility_timeout": 15 * 60,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5.0,
}

task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = False
# A request that enqueues waits for a lost Redis no longer than these allow.
task_publish_retry_policy = {
    "max_retries": 1,
    "interval_start": 0.0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}

task_default_queue = "default"
task_routes = {
    job.value: {"queue": "models"}
    for job in (Job.ENCODE, Job.READ, Job.TAG, Job.DESCRIBE, Job.TRAIN, Job.HEAR)
}
# Loaded by workers alone, when they start.
include = [
    "workers.tasks.texts",
    "workers.tasks.portraits",
    "workers.tasks.describing",
    "workers.tasks.training",
    "workers.tasks.hearing",
    "workers.tasks.quality",
    "workers.tasks.sweep",
]

beat_schedule = {
    Job.SWEEP.value: {
        "task": Job.SWEEP.value,
        "schedule": float(settings.SWEEP_SECONDS),
        # Where workers are busy for longer, one waiting sweep is enough.
        "options": {"expires": settings.SWEEP_SECONDS},
    },
}
beat_schedule_filename = str(settings.VAR / "beat-schedule")
timezone = settings.TIME_ZONE
