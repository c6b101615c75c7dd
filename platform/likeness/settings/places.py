"""Where the servers are: given by a URL, or our own under the var folder."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# A Unix socket's path may have 107 bytes; Postgres adds its own file name to the folder.
LONGEST_SOCKET_FOLDER = 80


def socket_folder(var: Path, server: str) -> Path:
    """Return the folder of a server's socket: under `var`, or a short one where that is long."""
    folder = var / server
    if len(str(folder).encode()) <= LONGEST_SOCKET_FOLDER:
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"likeness-{name}"


def local_postgres_url(var: Path) -> str:
    """Return the URL of the embedded Postgres, which listens on a socket and no port."""
    return f"postgresql://postgres@{quote(str(socket_folder(var, 'postgres')), safe='')}/likeness"


def local_redis_url(var: Path) -> str:
    """Return the URL of the embedded Redis, which listens on a socket and no port."""
    return f"unix://{socket_folder(var, 'redis')}/redis.sock"


def database_of(url: str) -> dict[str, Any]:
    """Return Django's description of the Postgres at `url`.

    Raises ImproperlyConfigured where the URL is not one of a Postgres database.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ImproperlyConfigured(
            "LIKENESS_DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    netloc_host = parts.netloc.rpartition("@")[2]
    is_socket = netloc_host.lower().startswith("%2f")
    options: dict[str, Any] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(netloc_host) if is_socket else (parts.hostname or ""),
        "PORT": "" if is_socket else str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def broker_of(url: str) -> str:
    """Return the Redis at `url`, and its database where one is named, in Celery's spelling."""
    if not url.startswith("unix://"):
        return url
    return f"redis+socket://{url.removeprefix('unix://')}".replace("?db=", "?virtual_host=")
