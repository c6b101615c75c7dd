"""The machine that figures were measured on."""

import os
import platform


def hardware() -> str:
    """Say how many cores there are, and of which kind."""
    return f"{os.cpu_count()} cores, {platform.machine()}"
