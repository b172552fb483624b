"""`python -m streams.ocsf`: the log's events as OCSF 1.5 events, one JSON object a line.

Exit code 0: done, 1: records that could not be read were left out, 2: used wrongly, 3: Kafka is down.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import typer

from schemas.errors import Rejected
from schemas.event import Envelope, parse_time
from schemas.registry import EVENTS
from streams.command import commands, explained, kafka
from streams.log.reader import records
from streams.log.record import Record
from streams.ocsf.event import to_ocsf
from streams.ocsf.mapping import TABLE, row_of

TOPICS = tuple(dict.fromkeys(EVENTS[name].TOPIC for name in TABLE))
app = commands(__doc__)


@app.command()
def export(
    topic: list[str] = typer.Option(list(TOPICS), help="only this topic; may be given several times"),
    since: str = typer.Option("", help="only events at or after this RFC 3339 time"),
    until: str = typer.Option("", help="only events before this RFC 3339 time"),
    tenant: str = typer.Option("", help="only this tenant's"),
    out: str = typer.Option("-", help="the file to write; - is standard output"),
    as_json: bool = typer.Option(False, "--json", help="the summary as one JSON document"),
) -> None:
    """Write the events of the log as it is now, topic by topic and in each in the order of its partitions."""
    counts: Counter[str] = Counter()
    with explained(), _read_enough():
        unknown = [name for name in topic if name not in TOPICS]
        if unknown:
            raise Rejected("bad_topic", "--topic", f"must be one of {', '.join(TOPICS)}")
        wanted = _Wanted(tenant, _time(since, "--since"), _time(until, "--until"))
        bootstrap = kafka()
        with _target(out) as file:
            for name in topic:
                _export(bootstrap, name, wanted, file, counts)
    # What is exported owns standard output, so the summary goes where it can't be taken for an event.
    typer.echo(_summary(counts, as_json=as_json), err=out == "-")
    raise typer.Exit(1 if counts["unreadable"] else 0)


@app.command()
def mapping(as_json: bool = typer.Option(False, "--json", help="one JSON document")) -> None:
    """Say which event type becomes which OCSF class, and why."""
    rows = [(name, row_of(name)) for name in EVENTS]
    if as_json:
        document = [
            {"type": name, "class_uid": row.ocsf.uid, "class_name": row.ocsf.name, "why": row.why}
            for name, row in rows
        ]
        typer.echo(json.dumps(document))
    else:
        for name, row in rows:
            typer.echo(f"{name:<40} {row.ocsf.uid:>4} {row.ocsf.name:<27} {row.why}")


class _Wanted:
    """Which events are asked for."""

    def __init__(self, tenant: str, since: datetime | None, until: datetime | None) -> None:
        self._tenant, self._since, self._until = tenant, since, until

    def takes(self, envelope: Envelope) -> bool:
        """Whether this one is."""
        return (
            self._tenant in ("", envelope.tenant)
            and (self._since is None or envelope.time >= self._since)
            and (self._until is None or envelope.time < self._until)
        )


def _export(bootstrap: str, topic: str, wanted: _Wanted, file: TextIO, counts: Counter[str]) -> None:
    for message in records(bootstrap, topic):
        record = Record.of_confluent(message)
        try:
            envelope = record.envelope()
        except Rejected as error:
            counts["unreadable"] += 1
            typer.echo(f"{record.origin} cannot be read and is left out: {error}", err=True)
            continue
        if wanted.takes(envelope):
            event = to_ocsf(envelope, record.origin)
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            counts[event["class_name"]] += 1


def _summary(counts: Counter[str], *, as_json: bool) -> str:
    unreadable = counts["unreadable"]
    found = {name: count for name, count in counts.most_common() if name != "unreadable"}
    total = sum(found.values())
    if as_json:
        return json.dumps({"events": total, "classes": found, "unreadable": unreadable})
    classes = "; ".join(f"{count} {name}" for name, count in found.items())
    left = f"; {unreadable} records could not be read" if unreadable else ""
    return f"{total} events exported{': ' if classes else ''}{classes}{left}"


@contextmanager
def _target(out: str) -> Iterator[TextIO]:
    """Standard output, or a file that is there only once it is complete."""
    if out == "-":
        yield sys.stdout
        return
    path = Path(out)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise Rejected("bad_file", "--out", f"{out} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _time(text: str, option: str) -> datetime | None:
    return parse_time(text, option) if text else None


@contextmanager
def _read_enough() -> Iterator[None]:
    """A reader of the pipe who has seen enough is no error."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


if __name__ == "__main__":
    app()
