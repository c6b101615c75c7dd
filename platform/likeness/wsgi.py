"""The web server's way in."""

import os

from django.core.wsgi import get_wsgi_application

from core.web_process import settle, use_one_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")
use_one_thread()

application = get_wsgi_application()
settle()
