"""`python -m streams.archive`: store everything on the log in ClickHouse."""

from __future__ import annotations

import typer

from schemas.errors import Fatal
from streams.archive.archive import Archive
from streams.process import start, stop_event


def main() -> None:
    """Store every event on the log in ClickHouse, nothing twice and nothing left out, until SIGTERM.

    Applies the missing migrations first. Exits with 1 where it can't go on, and says why.
    Settings: VEDETTE_KAFKA_BOOTSTRAP, VEDETTE_CLICKHOUSE_URL.
    """
    settings, log = start("archive")
    try:
        Archive(settings.kafka_bootstrap, settings.clickhouse_url, stop_event()).run()
    except Fatal as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(1) from None
    log.info("stopped", reason="asked to")


if __name__ == "__main__":
    typer.run(main)
