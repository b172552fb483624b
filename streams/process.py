"""What every process does first: read its settings, set up its log, and stop when asked to."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import Any

import structlog

from schemas import misspelling
from schemas.settings import Settings, unknown_variables


def start(name: str) -> tuple[Settings, structlog.stdlib.BoundLogger]:
    """The settings and the logger of the process called `name`; exits with 2 where a setting is wrong.

    Log lines go to stderr, as text or one JSON object each (`log_format`), the standard library's included. The first one says which
    variables look like settings but are none, if there are any.
    """
    settings = Settings.load(says_unknown=False)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        shared = shared[:2]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    # kafka-python tells each connection at info.
    logging.getLogger("kafka").setLevel(max(logging.WARNING, logging.root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    log = structlog.stdlib.get_logger(name)
    if unknown := unknown_variables():
        log.warning("unknown settings, which do nothing", variables=misspelling.told(unknown))
    return settings, log


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set; call from the main thread. For processes with a loop of their own."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
