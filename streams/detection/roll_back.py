"""`python -m streams.detection.roll_back`: make detection unlearn what somebody no longer trusts."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from uuid import uuid4

import typer

from schemas.errors import Rejected
from schemas.event import parse_time
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack
from streams.command import explained, kafka
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
    wait_s: float = typer.Option(600.0, help="how long to wait for detection to have done it"),
) -> None:
    """Let detection learn its telemetry and network flows again from the beginning, without a stretch of them.

    For models that learned an attacker's behaviour or a broken sensor's. What was found stays found. Detection's worker reads its
    partitions again and judges nothing of them meanwhile. Exit code 0: done, 1: not within `--wait-s`, 2: a value is wrong, 3: no Kafka.
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


def _await(bootstrap: str, asked: RollBack, numbers: list[int], start: dict[int, int], wait_s: float) -> int:
    deadline = time.monotonic() + wait_s
    wanted = {(kind, number) for kind in (ModelsRolledBack, FlowsRolledBack) for number in numbers}
    told: set[tuple[type, int]] = set()
    while True:
        for answer in answers(bootstrap, asked.id, start):
            if (type(answer), answer.partition) not in told:
                told.add((type(answer), answer.partition))
                typer.echo(_line(answer))
        if told >= wanted:
            return 0
        if time.monotonic() > deadline:
            left = ", ".join(str(number) for number in sorted({number for _, number in wanted - told}))
            typer.echo(
                f"asked, but not done within {wait_s:g} s in partition {left}: is detection running?",
                err=True,
            )
            return 1
        time.sleep(POLL_S)


def _line(answer: ModelsRolledBack | FlowsRolledBack) -> str:
    learned = {"reports": answer.reports} if isinstance(answer, ModelsRolledBack) else {"flows": answer.flows}
    return json.dumps(
        {"partition": answer.partition, **learned, "unlearned": answer.unlearned, "took_s": answer.took_s}
    )


if __name__ == "__main__":
    typer.run(main)
