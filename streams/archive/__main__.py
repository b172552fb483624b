"""`python -m streams.archive`: store everything on the log in ClickHouse."""

from __future__ import annotations

import msgspec
import typer

from schemas.errors import Fatal
from streams.archive.archive import Archive
from streams.archive.buffer import Partition
from streams.log.limit import EXIT_CODE, TooManyRefused
from streams.log.record import parse_origin
from streams.process import start, stop_event


def main(
    until: str = typer.Option(
        "", help='store only this prefix of the log, offsets to stop before: {"alerts/0": 17, ...}'
    ),
) -> None:
    """Store every event on the log in ClickHouse, nothing twice and nothing left out, until SIGTERM.

    Applies the missing migrations first. Exits with 1 where it can't go on, and says why; with 4 where it stopped rather than
    draining a topic into the dead letters.
    Settings: VEDETTE_KAFKA_BOOTSTRAP, VEDETTE_CLICKHOUSE_URL.
    """
    prefix = _prefix(until) if until else None
    settings, log = start("archive")
    try:
        Archive(settings.kafka_bootstrap, settings.clickhouse_url, stop_event(), until=prefix).run()
    except Fatal as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(EXIT_CODE if isinstance(error, TooManyRefused) else 1) from None
    log.info("stopped", reason="asked to")


def _prefix(text: str) -> dict[Partition, int]:
    """The offset of each partition; exits with 2 where the text says something else."""
    try:
        ends = msgspec.json.decode(text, type=dict[str, int])
        origins = [parse_origin(f"{name}/{end}") for name, end in ends.items()]
    except msgspec.MsgspecError:
        origins = [None]
    if None in origins:
        raise typer.BadParameter('must look like {"alerts/0": 17}', param_hint="--until")
    return {(topic, partition): end for topic, partition, end in filter(None, origins)}


if __name__ == "__main__":
    typer.run(main)
