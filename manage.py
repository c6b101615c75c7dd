#!/usr/bin/env python
"""The door to every command. Starts the embedded servers for the commands that need them."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "evaluate",
    "help",
    "makemessages",
    "servers",
    "spectacular",
    "version",
}


def needs_servers(arguments: list[str]) -> bool:
    """Return whether the command in `arguments` reads the database or the queue."""
    if not arguments or arguments[0].startswith("-") or {"--help", "-h"} & set(arguments):
        return False
    names_workspace = any(one.split("=")[0] == "--workspace" for one in arguments)
    return names_workspace or arguments[0] not in WITHOUT_SERVERS


def main() -> None:
    """Run the command that was asked for; a refusal is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "likeness.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from likeness.refusals import sentence_of

    try:
        if needs_servers(sys.argv[1:]):
            from likeness.embedded import ensure_started

            ensure_started(settings)
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell expects of a command that was interrupted
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
