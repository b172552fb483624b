"""Retired versions of an event type, read as today's."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pytest

from schemas import telemetry
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope, Event, to_headers
from schemas.registry import Registry
from schemas.sample import sample_batch
from schemas.upcast import Fields, Upcaster


class Read(Event, frozen=True, kw_only=True):
    """A probe's value in kelvin; v1 had celsius as text, v2 as a number."""

    TYPE = "probe.read.v3"
    TOPIC = "security-events"
    kelvin: float
    place: str = ""


def to_number(data: Fields) -> Fields:
    return {"celsius": float(data["celsius"]), **{name: v for name, v in data.items() if name != "celsius"}}


def to_kelvin(data: Fields) -> Fields:
    return {"kelvin": data["celsius"] + 273.0, "place": data.get("place", "unknown")}


FIRST = Upcaster("probe.read.v1", "probe.read.v2", to_number)
SECOND = Upcaster("probe.read.v2", "probe.read.v3", to_kelvin)
REGISTRY = Registry({"probe.read.v3": Read}, [SECOND, FIRST])


def headers(type_name: str) -> list[tuple[str, bytes]]:
    time = datetime(2026, 3, 1, tzinfo=UTC)
    data = Read(kelvin=0)
    made = Envelope(
        id="e-1", source="/p", subject="cam-1", tenant="acme", type=type_name, time=time, data=data
    )
    return to_headers(made)


@pytest.mark.parametrize(
    ("type_name", "data", "means"),
    [
        ("probe.read.v1", {"celsius": "7", "later": 1}, Read(kelvin=280, place="unknown")),
        ("probe.read.v2", {"celsius": 7.0, "place": "door"}, Read(kelvin=280, place="door")),
        ("probe.read.v3", {"kelvin": 280}, Read(kelvin=280)),
    ],
)
def test_every_version_is_read_as_the_newest(type_name: str, data: Fields, means: Read) -> None:
    envelope = REGISTRY.decode(headers(type_name), msgspec.json.encode(data))
    assert (envelope.type, envelope.id, envelope.data) == ("probe.read.v3", "e-1", means)


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("probe.read.v1", b'{"celsius":"hunter2"}'),
        ("probe.read.v1", b"{}"),
        ("probe.read.v1", b"[]"),
        ("probe.read.v1", b"{"),
        ("probe.read.v1", b"\xff"),
        ("probe.read.v1", b"[" * 100_000),
        ("probe.read.v2", b'{"celsius":"hunter2"}'),
        ("probe.read.v2", b'{"celsius":1,"place":5}'),
    ],
)
def test_data_no_version_had_is_rejected_and_not_repeated(type_name: str, value: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        REGISTRY.decode(headers(type_name), value)
    assert caught.value.code == "bad_data"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("type_name", ["probe.read.v0", "probe.read.v4", "probe.written.v1"])
def test_a_version_nobody_knows_is_rejected(type_name: str) -> None:
    with pytest.raises(Rejected) as caught:
        REGISTRY.decode(headers(type_name), b"{}")
    assert caught.value.code == "unknown_type"


@pytest.mark.parametrize(
    ("upcasters", "said"),
    [
        ([FIRST], "probe.read.v2 is neither"),
        ([Upcaster("probe.read.v3", "probe.read.v4", to_kelvin)], "can't be both"),
        ([Upcaster("probe.read.v1", "probe.read.v3", to_kelvin)], r"not to probe\.read\.v2"),
        ([Upcaster("probe.seen.v2", "probe.read.v3", to_kelvin)], r"not to probe\.seen\.v3"),
        ([Upcaster("probe.read", "probe.read.v3", to_kelvin)], "must end in a version"),
    ],
)
def test_an_upcaster_that_leads_nowhere_stops_the_start(upcasters: list[Upcaster], said: str) -> None:
    with pytest.raises(Fatal, match=said):
        Registry({"probe.read.v3": Read}, upcasters)


def test_a_telemetry_batch_of_an_older_version_is_read_as_todays_and_of_an_unknown_one_rejected() -> None:
    today = sample_batch()
    metadata = {b"schema": b"telemetry.v0"}
    older = today.drop_columns(["received_time"]).replace_schema_metadata(metadata)
    _, value = telemetry.encode(older)

    def step(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = {
            name: batch[name if name != "received_time" else "event_time"] for name in today.schema.names
        }
        return pa.RecordBatch.from_pydict(columns, schema=today.schema)

    read = telemetry.decode(value, {"telemetry.v0": step}).to_pylist()
    assert [row["received_time"] for row in read] == [row["event_time"] for row in today.to_pylist()]
    with pytest.raises(Rejected) as caught:
        telemetry.decode(value)
    assert (caught.value.code, caught.value.field) == ("unknown_schema", "schema")
