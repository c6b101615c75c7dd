"""The top floor: settings, URLs, the Celery app, the embedded servers and the demo."""
