"""The top floor: settings, URLs, the Celery app, the embedded servers and the demo."""

from likeness.celery import app as celery_app

# What every process enqueues through: Django imports this package before anything else.
__all__ = ["celery_app"]
