"""What a command says, in one sentence, where the reason it cannot go on is not a bug."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

from core.errors import LikenessError


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for a refusal, with its remedy; None for a bug, to be raised again."""
    if isinstance(error, LikenessError | ImproperlyConfigured):
        return str(error)
    if isinstance(error, ProgrammingError):
        if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            return "The database's tables are missing or old: run `python manage.py migrate` first."
        return None
    if isinstance(error, OperationalError) and "connection" in str(error):
        reason = str(error).strip().splitlines()[-1].strip()
        return f"The database cannot be reached: {reason}. See LIKENESS_DATABASE_URL."
    return None
