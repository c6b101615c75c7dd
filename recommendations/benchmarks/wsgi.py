"""The measured server: the project's own settings, with one address more."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")
django.setup()
settings.ROOT_URLCONF = "recommendations.benchmarks.urls"

application = WSGIHandler()
