"""Web, worker and beat together, until somebody presses Ctrl-C."""

import socket
import time
from collections.abc import Sequence

from django.conf import settings
from django.core.management import call_command

from core.errors import LikenessError
from workers.processes import Child, start_beat, start_worker

WEB_WORKERS = 2
# A web worker that is silent for longer is ended; on a busy machine it is while it starts.
SILENT_SECONDS = 120


class PortTakenError(LikenessError):
    """Something else listens where the web server wants to."""

    code = "port_taken"
    status = 503
    title = "The port is taken."


def check_port(port: int) -> None:
    """Raise PortTakenError where another process listens on `port`, or it may not be used."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTakenError(
                f"Port {port} cannot be used ({error.strerror}); "
                "set LIKENESS_PORT to another one, or end what uses it."
            ) from None


def start_all(port: int, *, worker: Child | None = None) -> list[Child]:
    """Start web, worker and beat; a worker that runs already is taken over.

    Where one cannot be started, none is left running.
    """
    check_port(port)
    call_command("collectstatic", interactive=False, verbosity=0)
    children = [worker] if worker else []
    try:
        children.insert(0, start_web(port))
        if not worker:
            children.append(start_worker())
        children.append(start_beat())
    except BaseException:
        end_all(children)
        raise
    return children


def start_web(port: int) -> Child:
    """Start the web server; it listens on this machine alone."""
    return Child.start(
        "web",
        [
            *("gunicorn", "likeness.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", str(WEB_WORKERS), "--timeout", str(SILENT_SECONDS)),
            *("--access-logfile", "-"),
        ],
    )


def end_all(children: Sequence[Child]) -> None:
    """End the processes, the last first."""
    for child in reversed(children):
        child.stop()


def wait_for_web(web: Child, port: int, *, seconds: float = 30.0) -> None:
    """Return once the web server accepts connections. Raises LikenessError where it ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if web.has_ended():
            break
        with socket.socket() as line:
            line.settimeout(1.0)
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise LikenessError(f"The web server did not start; see {web.log}.")


def run_until_ctrl_c(children: Sequence[Child]) -> None:
    """Wait until Ctrl-C, or until one of the processes ends, and then end them all.

    Raises LikenessError that names the process which ended by itself.
    """
    try:
        while True:
            for child in children:
                if child.has_ended():
                    raise LikenessError(f"The {child.name} process ended; see {child.log}.")
            time.sleep(0.5)
    except KeyboardInterrupt:
        return
    finally:
        end_all(children)


def address(port: int) -> str:
    """Return where a browser on this machine finds the pages."""
    return f"http://localhost:{port}/" if port != 80 else "http://localhost/"


def default_port() -> int:
    """Return the port that the settings name."""
    return int(settings.WEB_PORT)
