"""`python -m streams.ingest`: the edge as a process. Exit code 0 after a clean stop, 3 where Kafka is down or gave up."""

from __future__ import annotations

import typer

from schemas.errors import VedetteError
from streams.ingest.service import WAYS, Service
from streams.process import start, stop_event


def main(
    only: list[str] = typer.Option([], help=f"only this way in ({', '.join(WAYS)}); may be repeated"),
) -> None:
    """Take what devices send over MQTT and HTTPS and gateways over Kafka, check it and write it to the log."""
    wrong = [way for way in only if way not in WAYS]
    if wrong:
        raise typer.BadParameter(f"must be one of {', '.join(WAYS)}", param_hint="--only")
    settings, log = start("ingest")
    stop = stop_event()
    try:
        drained = Service(settings, only or WAYS).run(stop)
    except VedetteError as error:
        log.error(str(error))
        raise typer.Exit(3) from None
    log.info("stopped", drained=drained)
    raise typer.Exit(0 if drained else 3)


if __name__ == "__main__":
    typer.run(main)
