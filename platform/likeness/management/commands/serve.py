"""`manage.py serve`: web, worker and beat on this machine until Ctrl-C."""

from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management import call_command
from django.core.management.base import BaseCommand
from rich.console import Console

from likeness import serving
from likeness.management.commands.demo import serve
from workers.processes import ending_as_by_ctrl_c


class Command(BaseCommand):
    """Serve what is in the database."""

    help = "Run web, worker and beat until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=serving.default_port())

    def handle(self, *_: Any, port: int, **__: Any) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        serving.check_port(port)
        call_command("migrate", verbosity=0)
        with ending_as_by_ctrl_c():
            serve(serving.start_all(port), port, console)
