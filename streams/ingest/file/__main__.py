"""`python -m streams.ingest.file PATH...`: feed recordings through the running pipeline.

Exit code 0: everything accepted; 1: some of it dead-lettered; 2: used wrongly; 3: Kafka or ingest is down.
"""

from __future__ import annotations

import json
import sys
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.errors import Rejected, VedetteError
from schemas.settings import Settings
from streams.ingest.file.feed import feed, in_order, shift_to_now
from streams.ingest.file.mapping import Mapping, load
from streams.ingest.file.outcome import Audit, Outcome
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import rows
from streams.log import topics
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer

KAFKA_S = 5.0


class Rebase(StrEnum):
    """What to do with the recorded times."""

    keep = "keep"
    now = "now"


def main(
    paths: list[Path] = typer.Argument(
        ..., help="CSV, NDJSON or Zeek files, or folders of them; may be compressed"
    ),
    mapping: Path | None = typer.Option(None, help="YAML file with any of the options below as keys"),
    time: str = typer.Option("", help="column with the time, or date and time columns as A,B"),
    time_format: str = typer.Option("", help="strptime format, or epoch_s, epoch_ms, epoch_us"),
    device: str = typer.Option(
        "", help="column with the device, or one name for all; default: the file's name"
    ),
    metrics: str = typer.Option("", help="columns to send as metrics, A,B,...; default: every numeric one"),
    label: str = typer.Option(
        "", help="columns never to send, A,B,...; label, anomaly, attack and such never are"
    ),
    tenant: str = typer.Option("", help="tenant the devices belong to; default: recorded"),
    site: str = typer.Option("", help="site of the devices"),
    model: str = typer.Option("", help="model of the devices"),
    delimiter: str = typer.Option("", help="what separates columns; default: found out"),
    speed: float = typer.Option(0.0, min=0.0, help="recorded seconds a second; 0: as fast as possible"),
    rebase: Rebase = typer.Option(
        Rebase.keep, help="keep recorded times, or move them so that the newest is now"
    ),
    wait_s: float = typer.Option(
        30.0, min=0.0, help="how long to wait at the end until all is accounted for"
    ),
    as_json: bool = typer.Option(False, "--json", help="print the outcome as JSON"),
) -> None:
    """Feed recorded data through the running pipeline and say what was accepted, dead-lettered and alerted."""
    flags = {
        "time": tuple(filter(None, time.split(","))),
        "time_format": time_format,
        "device": device,
        "metrics": tuple(filter(None, metrics.split(","))),
        "label": tuple(filter(None, label.split(","))),
        "tenant": tenant,
        "site": site,
        "model": model,
        "delimiter": "\t" if delimiter == "\\t" else delimiter,
    }
    try:
        base = load(mapping) if mapping else Mapping()
        chosen = msgspec.structs.replace(base, **{name: value for name, value in flags.items() if value})
        outcome = run(find(paths), chosen, speed, rebase, wait_s, quiet=as_json)
    except Rejected as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except VedetteError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(3) from None
    show(outcome, as_json=as_json)
    raise typer.Exit(3 if outcome.missing else 1 if outcome.dead_lettered else 0)


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
    bootstrap = settings.kafka_bootstrap
    console = Console(stderr=True, quiet=quiet)
    with ExitStack() as stack:
        recordings = [Recording(path) for path in paths]
        for recording in recordings:
            stack.callback(recording.close)
            next(rows(recording, mapping))  # what can't be understood is said before anything is sent
        topics.ensure(bootstrap, timeout_s=KAFKA_S)
        audit = Audit(bootstrap, Unsealer(KeyFile(settings.keys)))
        shift = shift_to_now(recordings, mapping, speed, datetime.now(UTC)) if rebase is Rebase.now else None
        bar = stack.enter_context(_progress(console))
        sending = bar.add_task("sending", total=sum(recording.size_bytes for recording in recordings), rows=0)

        def advanced(sent_rows: int) -> None:
            bar.update(sending, completed=sum(recording.position for recording in recordings), rows=sent_rows)

        writer = LogWriter(bootstrap, "ingest-file", linger_ms=20)
        stream = in_order(recordings, mapping)
        sent = feed(stream, writer, speed=speed, shift=shift, run=uuid.uuid4().hex[:8], advanced=advanced)
        accounting = bar.add_task("accounting", total=sent.records, rows=0)

        def told(outcome: Outcome) -> None:
            done = outcome.sent - outcome.missing
            bar.update(accounting, completed=done, rows=done)

        return audit.settle(sent, wait_s, told)


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


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.fields[rows]:>9,} rows"))
    return Progress(*columns, TimeElapsedColumn(), console=console)


if __name__ == "__main__":
    typer.run(main)
