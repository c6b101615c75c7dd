"""The measured server: the project's own settings and set-up, with one address more."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from core.web_process import settle, use_one_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")
use_one_thread()
django.setup()
settings.ROOT_URLCONF = "recommendations.benchmarks.urls"

application = WSGIHandler()
settle()
