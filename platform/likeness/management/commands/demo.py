"""`manage.py demo`: the reading room from nothing to recommendations, then served."""

import logging
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from accounts.models import Workspace
from likeness import embedded, serving
from likeness.demo.opening import Login, find_reader, load_room, make_key, make_logins
from workers.management.commands.refresh import find_worker, refresh
from workers.processes import Child, ending_as_by_ctrl_c, start_worker
from workers.stages import PLANS, next_due


class Command(BaseCommand):
    """Load the demo, run every stage, show what came out, and serve it."""

    help = "Open the demo's reading room, and serve it until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="Stop after what was printed.")

    def handle(self, *_: Any, no_serve: bool, **__: Any) -> None:
        with ending_as_by_ctrl_c():
            self.open(no_serve=no_serve)

    def open(self, *, no_serve: bool) -> None:
        """Do all that the demo does; a Ctrl-C once everything is served is its regular end."""
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        keep_events_to_the_logs()
        port = serving.default_port()
        if not no_serve:
            serving.check_port(port)
        embedded.check_room(settings.VAR, embedded.NEEDED_BYTES)
        embedded.check_model_room(settings.MODELS, settings.ENCODER)
        console.rule("The reading room")
        call_command("migrate", verbosity=0)
        workspace = load_room(self.stdout)
        worker = self.work(workspace, console)
        try:
            self.show(workspace, console)
            logins = make_logins(workspace) if settings.EMBEDDED_POSTGRES else []
            tell(logins, make_key(workspace), console)
            if no_serve:
                return
            children = serving.start_all(port, worker=worker)
            worker = None  # ended with the others from here on
            serve(children, port, console)
        except KeyboardInterrupt:
            return
        finally:
            if worker:
                worker.stop()

    def work(self, workspace: Workspace, console: Console) -> Child | None:
        """Run every stage that is due through a real worker, which is returned running."""
        if next_due(workspace.pk) is None:
            console.print("Every stage is up to date.")
            return None
        console.rule("Every stage, by a Celery worker")
        since = timezone.now()
        worker = start_worker()
        try:
            find_worker(worker)
            refresh(workspace, PLANS, console, since=since)
        except BaseException:
            worker.stop()
            raise
        return worker

    def show(self, workspace: Workspace, console: Console) -> None:
        """Print one reader's portrait, and what is recommended because of it."""
        reader = find_reader(workspace, "en").external_id
        console.rule("A portrait, with its evidence")
        call_command("portrait", reader, workspace=workspace.name, stdout=self.stdout)
        console.rule("Ten recommendations, with their reasons")
        call_command("recommend", reader, workspace=workspace.name, stdout=self.stdout)


def keep_events_to_the_logs() -> None:
    """Show no routine events between the demo's tables; the worker's and the web's have files."""
    for name in ("accounts", "catalog", "profiles", "recommendations", "workers", "likeness"):
        logging.getLogger(name).setLevel(logging.WARNING)


def tell(logins: Sequence[Login], key: str, console: Console) -> None:
    """Print the logins, or how to make some, and the API key where it is new."""
    if logins:
        table = Table(
            "login", "password", "sees", title="Logins of this demo", title_justify="left"
        )
        for login in logins:
            sees = f"For you and My portrait of {login.user}" if login.user else "the admin"
            table.add_row(login.username, login.password, sees)
        console.print(table)
    else:
        console.print(
            "No logins are made on a database of your own: `manage.py createsuperuser` makes one "
            "for staff, and the admin links accounts to users."
        )
    if key:
        console.print(
            Panel(key, title="API key, shown this once", title_align="left", expand=False)
        )


def serve(children: Sequence[Child], port: int, console: Console) -> None:
    """Say where to look, and keep everything running until Ctrl-C."""
    try:
        serving.wait_for_web(children[0], port)
        url = serving.address(port)
        console.print(f"Pages  {url}\nAdmin  {url}admin/\nAPI    {url}api/v1/docs/")
        console.print("Ctrl-C ends the web server and the worker; `make stop` ends the databases.")
    except BaseException:
        serving.end_all(children)
        raise
    serving.run_until_ctrl_c(children)
