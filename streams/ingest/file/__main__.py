"""`python -m streams.ingest.file PATH...`: feed recordings through the running pipeline.

Exit code 0: everything accepted; 1: some of it dead-lettered; 2: used wrongly; 3: Kafka or ingest is down.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from schemas.errors import Rejected, VedetteError
from schemas.settings import Settings
from streams.ingest.file import option
from streams.ingest.file.feed import feed, in_order, shift_to_now
from streams.ingest.file.mapping import Mapping
from streams.ingest.file.option import Rebase
from streams.ingest.file.outcome import Audit, Outcome
from streams.ingest.file.progress import accounting, progress, sending
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import rows
from streams.log import topics
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer

KAFKA_S = 5.0


def main(
    paths: list[Path] = option.PATHS,
    mapping: Path | None = option.MAPPING,
    time: str = option.TIME,
    time_format: str = option.TIME_FORMAT,
    device: str = option.DEVICE,
    metrics: str = option.METRICS,
    label: str = option.LABEL,
    tenant: str = option.TENANT,
    site: str = option.SITE,
    model: str = option.MODEL,
    delimiter: str = option.DELIMITER,
    speed: float = option.SPEED,
    rebase: Rebase = option.REBASE,
    wait_s: float = option.WAIT_S,
    as_json: bool = option.JSON,
) -> None:
    """Feed recorded data through the running pipeline and say what was accepted, dead-lettered and alerted.

    Exit code 0: all was accepted, 1: some was dead-lettered, 2: used wrongly, 3: a part is down, or not all is accounted for in time.
    """
    columns = {"time": time, "time_format": time_format, "device": device, "metrics": metrics, "label": label}
    whose = {"tenant": tenant, "site": site, "model": model}
    with explained():
        chosen = option.mapped(mapping, **columns, **whose, delimiter=delimiter)
        outcome = run(find(paths), chosen, speed, rebase, wait_s, quiet=as_json)
    show(outcome, as_json=as_json)
    raise typer.Exit(3 if outcome.missing else 1 if outcome.dead_lettered else 0)


@contextmanager
def explained() -> Iterator[None]:
    """Errors as one line and the right exit code."""
    try:
        yield
    except VedetteError as error:
        wrong = isinstance(error, Rejected)
        advice = "" if wrong else "; see make status, or set VEDETTE_KAFKA_BOOTSTRAP"
        typer.echo(f"error: {error}{advice}", err=True)
        raise typer.Exit(2 if wrong else 3) from None


def find(paths: list[Path]) -> list[Path]:
    """The files named, and those directly in the folders named; Rejected where one is not there."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Rejected("no_file", str(path), "no such file or folder")
        inside = (
            sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".") if path.is_dir() else [path]
        )
        found.extend(inside)
    if not found:
        raise Rejected("no_file", str(paths[0]), "the folder has no files")
    return found


def run(
    paths: list[Path], mapping: Mapping, speed: float, rebase: Rebase, wait_s: float, *, quiet: bool
) -> Outcome:
    """Send the files and wait for what becomes of them; Retryable or Fatal where Kafka doesn't answer."""
    settings = Settings.load()
    with opened(paths, mapping) as recordings:
        topics.ensure(settings.kafka_bootstrap, timeout_s=KAFKA_S)
        audit = Audit(settings.kafka_bootstrap, Unsealer(KeyFile(settings.keys)))
        shift = shift_to_now(recordings, mapping, speed, datetime.now(UTC)) if rebase is Rebase.now else None
        with progress(quiet=quiet) as shown:
            advanced = sending(shown, recordings)
            writer = LogWriter(settings.kafka_bootstrap, "ingest-file", linger_ms=20)
            stream, name = in_order(recordings, mapping), uuid.uuid4().hex[:8]
            sent = feed(stream, writer, speed=speed, shift=shift, run=name, advanced=advanced)
            return audit.settle(sent, wait_s, accounting(shown, sent.records))


@contextmanager
def opened(paths: list[Path], mapping: Mapping) -> Iterator[list[Recording]]:
    """The recordings while the block runs; Rejected where one can't be understood, so that this is said before anything is sent."""
    with ExitStack() as stack:
        recordings = [Recording(path) for path in paths]
        for recording in recordings:
            stack.callback(recording.close)
            next(rows(recording, mapping), None)
        yield recordings


def show(outcome: Outcome, *, as_json: bool) -> None:
    """Print what became of what was sent."""
    if as_json:
        sys.stdout.write(json.dumps(outcome.as_dict()) + "\n")
        return
    table = Table(show_header=False, box=None)
    for name in ("sent", "accepted", "dead_lettered", "missing", "alerted"):
        table.add_row(name.replace("_", " "), f"{getattr(outcome, name):,}")
    console = Console()
    console.print(table)
    for title, counts in (("dead-lettered because", outcome.reasons), ("alerts", outcome.alerts)):
        for text, count in counts.most_common(10):
            console.print(f"{title}: {text} ({count:,})", markup=False, highlight=False)
    if outcome.missing:
        console.print(
            "Not everything is accounted for. Is ingest running (`python -m streams.ingest`)? If so, raise --wait-s."
        )


if __name__ == "__main__":
    typer.run(main)
