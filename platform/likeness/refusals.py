"""What a command says, in one sentence, where the reason it cannot go on is not a bug."""

import errno

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from psycopg.errors import DiskFull, UndefinedColumn, UndefinedTable

from core.errors import LikenessError


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for a refusal, with its remedy; None for a bug, to be raised again."""
    if isinstance(error, LikenessError | ImproperlyConfigured):
        return str(error)
    if is_disk_full(error):
        return (
            "The disk is full: make room, or set LIKENESS_VAR and LIKENESS_MODELS to folders of "
            "another disk, and run the command again. What was finished is kept."
        )
    if isinstance(error, ProgrammingError):
        if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            return "The database's tables are missing or old: run `python manage.py migrate` first."
        return None
    if isinstance(error, OperationalError) and "connection" in str(error):
        reason = str(error).strip().splitlines()[-1].strip()
        return f"The database cannot be reached: {reason}. See LIKENESS_DATABASE_URL."
    return None


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether the error came of a disk, ours or the database's, that has no room left."""
    while error is not None:
        if isinstance(error, DiskFull):
            return True
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        error = error.__cause__
    return False
