"""One event per thing that happened; values are fields; JSON where nobody is watching."""

import sys
from typing import Any

import structlog

from likeness.settings import env

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]

structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

RENDERER: Any = (
    structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
    if sys.stderr.isatty()
    else structlog.processors.JSONRenderer(ensure_ascii=False)
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": RENDERER,
            "foreign_pre_chain": SHARED,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # A job that could not be sent is reported here: the sweep will find the row.
        "django.db.backends.base": {"level": "WARNING"},
        **{
            name: {"level": env.text("LIKENESS_LOG_LEVEL", "INFO")}
            for name in (
                "core",
                "accounts",
                "catalog",
                "profiles",
                "recommendations",
                "workers",
                "likeness",
            )
        },
    },
}
