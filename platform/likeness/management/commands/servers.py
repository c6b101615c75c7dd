"""`manage.py servers`: start, stop or look at the embedded Postgres and Redis.

Stopping also ends what works on them and was left by a command that was killed.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from likeness import embedded
from workers.processes import end_leftovers


class Command(BaseCommand):
    """Start, stop or look at the embedded servers."""

    help = "Start, stop or look at the embedded Postgres and Redis."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *, action: str, **_: Any) -> None:
        if action == "start":
            embedded.ensure_started(settings)
        if action == "stop":
            stopped = end_leftovers() + embedded.stop(settings)
            self.stdout.write(
                f"Stopped {' and '.join(stopped)}." if stopped else "None was running."
            )
            return
        servers = embedded.status(settings)
        for server in servers:
            state = f"runs as process {server.pid}" if server.pid else "does not run"
            self.stdout.write(f"{server.name} {state}; its files are in {server.folder}.")
        if not servers:
            self.stdout.write("Postgres and Redis are not ours here: their URLs are set.")
