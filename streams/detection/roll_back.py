"""`python -m streams.detection.roll_back`: make detection unlearn what somebody no longer trusts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from uuid import uuid4

import typer

from schemas.errors import Rejected
from schemas.event import parse_time
from schemas.roll_back import ModelsRolledBack, RollBack
from streams.command import explained, fail, kafka
from streams.detection.progress import Progress
from streams.log.reader import end_offsets
from streams.log.roll_backs import answers, ask, roll_back

POLL_S = 0.2


def main(
    tenant: str = typer.Option(help="whose reports"),
    since: str = typer.Option(help="first event time to unlearn, such as 2026-05-01T12:00:00Z"),
    actor: str = typer.Option(help="who asks"),
    reason: str = typer.Option(help="why, for whoever reads the log"),
    device: str = typer.Option("", help="only this device's; all of the tenant's without it"),
    until: str = typer.Option("", help="first event time to keep again; now without it"),
    wait_s: float = typer.Option(600.0, min=0, help="how long to wait for detection to have done it"),
    as_json: bool = typer.Option(False, "--json", help="one JSON document, at the end"),
) -> None:
    """Let detection learn its telemetry and network flows again from the beginning, without a stretch of them.

    For models that learned an attacker's behaviour or a broken sensor's. What was found stays found. Detection's worker reads its
    partitions again and judges nothing of them meanwhile. Exit code 0: done, 1: not within `--wait-s`, 2: a value is wrong, 3: no Kafka.
    What was asked for stays asked for, and is listed with its state on the Pipeline page and by `GET /v1/roll-backs`.
    """
    asked = _checked(tenant, device, since, until, actor, reason)
    with explained():
        bootstrap = kafka()
        start = end_offsets(bootstrap, ModelsRolledBack.TOPIC)
        progress = Progress(asked, ask(bootstrap, asked))
        for line in chain([f"asked as {asked.id}"], _answers(bootstrap, asked, start, progress, wait_s)):
            if not as_json:
                typer.echo(line)
    if as_json:
        typer.echo(json.dumps(progress.document))
    if progress.waits:
        left = ", ".join(str(number) for number in progress.waits)
        fail(1, f"asked, but not done within {wait_s:g} s in partition {left}: is detection running?")


def _checked(tenant: str, device: str, since: str, until: str, actor: str, reason: str) -> RollBack:
    begin = _time(since, "--since")
    end = _time(until, "--until") if until else datetime.now(UTC)
    try:
        return roll_back(str(uuid4()), tenant, device, begin, end, actor, reason)
    except Rejected as error:
        raise typer.BadParameter(error.reason, param_hint=f"--{error.field}") from None


def _time(text: str, option: str) -> datetime:
    try:
        return parse_time(text, option)
    except Rejected:
        raise typer.BadParameter(
            "must be a time such as 2026-05-01T12:00:00Z, with its zone", param_hint=option
        ) from None


def _answers(
    bootstrap: str, asked: RollBack, start: dict[int, int], progress: Progress, wait_s: float
) -> Iterator[str]:
    """A line for each answer as it comes, until there are all or the time is over."""
    deadline = time.monotonic() + wait_s
    while True:
        for answer in answers(bootstrap, asked.id, start):
            if line := progress.take(answer):
                yield line
        if not progress.waits or time.monotonic() > deadline:
            return
        time.sleep(POLL_S)


if __name__ == "__main__":
    typer.run(main)
