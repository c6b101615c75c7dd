"""The measured server: the project's own settings, with one address more."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # as the real web server has them
django.setup()
settings.ROOT_URLCONF = "recommendations.benchmarks.urls"

application = WSGIHandler()
