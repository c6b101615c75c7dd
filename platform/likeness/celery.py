"""The Celery app: how services reach the workers. It loads no task and no model library."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")

app = Celery("likeness")
# Read when first used: this module is imported before Django's settings are complete.
app.config_from_object("likeness.broker")


@celeryd_init.connect
@beat_init.connect
def start_servers(**_: Any) -> None:
    """Bring up the embedded servers for a worker or a beat that was started by hand."""
    from django.conf import settings  # noqa: PLC0415 - settings import this package

    from likeness.embedded import ensure_started  # noqa: PLC0415 - only these processes need it

    ensure_started(settings)
