"""Hostile input through ingest's validation: each unit is stored as it was sent or dead-lettered with a reason, exactly once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.event import parse_time
from streams.ingest.record import microseconds
from tests.contract.corpus.account import Account, account
from tests.contract.corpus.edge import through_edge
from tests.contract.corpus.hostile import Hostile, hostile, report

NOW = parse_time("2026-06-01T12:00:00Z")


def origin(number: int) -> str:
    return f"telemetry.raw/0/{number}"


def accounted(inputs: Sequence[Hostile], now: datetime = NOW) -> Account:
    """The account of these inputs through the edge; its count must be the one the edge itself gives."""
    written, counted = through_edge(inputs, microseconds(now), origin)
    made = account(((one.name, origin(place), one.raw) for place, one in enumerate(inputs)), written)
    assert made.units == counted
    return made


def test_what_we_made_up_is_accounted_for() -> None:
    made = accounted(hostile(NOW, None))
    assert made.unaccounted == []
    assert made.stored + made.dead_lettered == made.units
    assert min(made.stored, made.dead_lettered) > 50


def test_the_recorded_suites_are_accounted_for(shared_data: Path) -> None:
    made = accounted(hostile(NOW, shared_data))
    assert made.unaccounted == []
    assert made.units > 10_000


def test_the_account_notices_what_is_lost_changed_doubled_or_made_up() -> None:
    inputs = [Hostile("good", b'{"tenant":"t","device":"d","time":"2026-06-01T12:00:00Z","metrics":{"a":1}}')]
    named = [("good", origin(0), inputs[0].raw)]
    written, _ = through_edge(inputs, microseconds(NOW), origin)
    assert account(named, written).unaccounted == []
    assert len(account([*named, *named], written).unaccounted) == 1
    assert len(account([], written).unaccounted) == 1
    changed = [("good", origin(0), inputs[0].raw.replace(b'"a":1', b'"a":2'))]
    assert len(account(changed, written).unaccounted) == 2
    refused, _ = through_edge([Hostile("bad", b"{")], microseconds(NOW), origin)
    assert account([("bad", origin(0), b"{")], refused).unaccounted == []
    assert len(account([("bad", origin(0), b"{ ")], refused).unaccounted) == 1
    assert len(account([("bad", origin(1), b"{")], refused).unaccounted) == 2


def test_a_reason_never_says_what_was_sent() -> None:
    canary = "hunter2-canary \x1b"
    fields: list[dict[str, Any]] = [{name: canary} for name in report(NOW)] + [
        {"metrics": {canary: 1}},
        {"metrics": {"a": canary}},
    ]
    inputs = [Hostile("canary", json.dumps(report(NOW, **change)).encode()) for change in fields]
    written, _ = through_edge(inputs, microseconds(NOW), origin)
    assert len(written.letters) == len(fields)
    assert not any("hunter2" in f"{letter.code} {letter.field} {letter.reason}" for letter in written.letters)
