"""The telemetry report as described for senders is what the edge takes."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest

from schemas.errors import Rejected
from schemas.incoming import TelemetryReport
from schemas.sample import sample_of
from streams.ingest.record import parse_record
from tests.streams.ingest.sample import unit

NAMES = {"tenant": "acme", "device": "cam-1", "metrics": {"cpu_pct": 3.5, "door_open": None}}
FULL: dict[str, Any] = {**sample_of(TelemetryReport, full=True), **NAMES}
VALIDATOR = jsonschema.Draft202012Validator(msgspec.json.schema(TelemetryReport))


def taken(report: dict[str, Any]) -> bool:
    """Whether the edge takes a report of a trusted gateway."""
    try:
        parse_record(unit(report), 0)
    except Rejected:
        return False
    return True


def test_a_full_report_is_taken_as_it_says() -> None:
    VALIDATOR.validate(FULL)
    record = parse_record(unit(FULL), 0)
    assert (record.id, record.model, record.site, record.firmware) == tuple(
        FULL[name] for name in ("id", "model", "site", "firmware")
    )
    assert record.metrics == {"cpu_pct": 3.5}


@pytest.mark.parametrize(
    "change",
    [
        {"time": None},
        {"metrics": None},
        {"metrics": {"a b": 1}},
        {"metrics": {"cpu_pct": "hot"}},
        {"metrics": {"cpu_pct": True}},
        {"tenant": "a/b"},
        {"device": "x" * 65},
        {"model": "x" * 129},
        {"site": ""},
        {"firmware": 7},
        {"id": 5},
        {"colour": "red"},
    ],
)
def test_what_the_description_refuses_the_edge_refuses(change: dict[str, Any]) -> None:
    report = {**FULL, **change}
    report = {name: value for name, value in report.items() if value is not None}
    assert not VALIDATOR.is_valid(report)
    assert not taken(report)


@pytest.mark.parametrize("name", ["id", "model", "site", "firmware"])
def test_what_may_be_left_out_may_be_left_out(name: str) -> None:
    report = {key: value for key, value in FULL.items() if key != name}
    assert VALIDATOR.is_valid(report)
    assert taken(report)
