"""`python -m streams.detection.roll_back`: make detection unlearn what somebody no longer trusts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import typer

from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import parse_time
from schemas.roll_back import ModelsRolledBack, RollBack, batch_of
from schemas.topics import PARTITIONS
from streams.command import explained, kafka
from streams.log.partition import partition_of
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.writer import LogWriter

POLL_S = 0.2


def ask(bootstrap: str, asked: RollBack) -> list[int]:
    """Put a roll-back on the log, in the partition of its device or in all; returns these. Retryable where the log does not take it."""
    numbers = (
        [partition_of(f"{asked.tenant}/{asked.device}".encode(), PARTITIONS)]
        if asked.device
        else list(range(PARTITIONS))
    )
    writer = LogWriter(bootstrap, "control")
    headers, value = telemetry.encode(batch_of(asked))
    for number in numbers:
        writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=number)
    writer.flush()
    return numbers


def answers(bootstrap: str, asked: str, start: dict[int, int]) -> Iterator[ModelsRolledBack]:
    """What detection has said of the roll-back with this id so far, from these offsets of `ledger` on; after a crash perhaps twice."""
    for message in records(bootstrap, ModelsRolledBack.TOPIC, start=start):
        try:
            data = Record.of_confluent(message).envelope().data
        except Rejected:
            continue
        if isinstance(data, ModelsRolledBack) and data.asked.id == asked:
            yield data


def main(
    tenant: str = typer.Option(help="whose reports"),
    since: str = typer.Option(help="first event time to unlearn, such as 2026-05-01T12:00:00Z"),
    actor: str = typer.Option(help="who asks"),
    reason: str = typer.Option(help="why, for whoever reads the log"),
    device: str = typer.Option("", help="only this device's; all of the tenant's without it"),
    until: str = typer.Option("", help="first event time to keep again; now without it"),
    wait_s: float = typer.Option(600.0, help="how long to wait for detection to have done it"),
) -> None:
    """Let detection learn its telemetry again from the beginning, without a stretch of it.

    For models that learned an attacker's behaviour or a broken sensor's. What was found stays found. Detection's worker reads its
    partitions again and judges nothing meanwhile. Exit code 0: done, 1: not within `--wait-s`, 2: a value is wrong, 3: no Kafka.
    """
    asked = _checked(tenant, device, since, until, actor, reason)
    with explained():
        bootstrap = kafka()
        start = end_offsets(bootstrap, ModelsRolledBack.TOPIC)
        numbers = ask(bootstrap, asked)
        raise typer.Exit(_await(bootstrap, asked, numbers, start, wait_s))


def _checked(tenant: str, device: str, since: str, until: str, actor: str, reason: str) -> RollBack:
    begin = _time(since, "--since")
    end = _time(until, "--until") if until else datetime.now(UTC)
    if begin >= end:
        raise typer.BadParameter("must be before --until", param_hint="--since")
    for name, text in (("--tenant", tenant), ("--actor", actor), ("--reason", reason)):
        if not text.strip():
            raise typer.BadParameter("must not be empty", param_hint=name)
    return RollBack(
        id=str(uuid4()), tenant=tenant, device=device, since=begin, until=end, actor=actor, reason=reason
    )


def _time(text: str, option: str) -> datetime:
    try:
        return parse_time(text, option)
    except Rejected:
        raise typer.BadParameter(
            "must be a time such as 2026-05-01T12:00:00Z, with its zone", param_hint=option
        ) from None


def _await(bootstrap: str, asked: RollBack, numbers: list[int], start: dict[int, int], wait_s: float) -> int:
    deadline = time.monotonic() + wait_s
    told: set[int] = set()
    while True:
        for answer in answers(bootstrap, asked.id, start):
            if answer.partition not in told:
                told.add(answer.partition)
                typer.echo(_line(answer))
        if told >= set(numbers):
            return 0
        if time.monotonic() > deadline:
            left = ", ".join(str(number) for number in sorted(set(numbers) - told))
            typer.echo(
                f"asked, but not done within {wait_s:g} s in partition {left}: is detection running?",
                err=True,
            )
            return 1
        time.sleep(POLL_S)


def _line(answer: ModelsRolledBack) -> str:
    return json.dumps(
        {"partition": answer.partition, "reports": answer.reports, "unlearned": answer.unlearned}
    )


if __name__ == "__main__":
    typer.run(main)
