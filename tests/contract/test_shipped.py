"""No change that ships makes a record on the log unreadable, and the lock only moves forward."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest

from schemas import ship, telemetry_contract
from schemas.event import Event
from schemas.registry import REGISTRY, Registry
from schemas.upcast import Upcaster


def test_nothing_incompatible_has_changed_since_it_shipped() -> None:
    found = ship.breaches(ship.shipped(), ship.today(), REGISTRY.chains)
    assert not found, "\n".join(
        ["undo it, or give the type a new version and an upcaster (schemas/upcast.py):", *map(str, found)]
    )


def test_what_ships_is_locked() -> None:
    shipped, today = ship.shipped(), ship.today()
    behind = [name for name, schema in today.events.items() if shipped.events.get(name) != schema]
    behind += [name for name, contract in today.telemetry.items() if shipped.telemetry.get(name) != contract]
    assert not behind, "a compatible change: run `python -m schemas.ship` and check in what it writes"


class Read(Event, frozen=True, kw_only=True):
    """A probe's value, as first shipped."""

    TYPE = "probe.read.v1"
    TOPIC = "security-events"
    celsius: float
    quality: Literal["good", "bad"] = "good"


class ReadMore(Event, frozen=True, kw_only=True):
    """The same type with an optional field."""

    TYPE = "probe.read.v1"
    TOPIC = "security-events"
    celsius: float
    quality: Literal["good", "bad"] = "good"
    place: str = ""


class ReadElsewhere(Event, frozen=True, kw_only=True):
    """The same type on another topic, without a field, with a narrower one."""

    TYPE = "probe.read.v1"
    TOPIC = "alerts"
    quality: Literal["good"] = "good"


class ReadInKelvin(Event, frozen=True, kw_only=True):
    """The next version."""

    TYPE = "probe.read.v2"
    TOPIC = "security-events"
    kelvin: float
    quality: Literal["good", "bad"] = "good"


def registry(kind: type[Event], *upcasters: Upcaster) -> Registry:
    return Registry({kind.TYPE: kind}, upcasters)


def incompatible(folder: Path, new: Registry) -> list[str]:
    return [str(found) for found in ship.breaches(ship.shipped(folder), ship.today(new), new.chains)]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    assert ship.ship(registry(Read), tmp_path) == ["probe.read.v1"]
    return tmp_path


def test_an_optional_field_ships_and_then_may_not_go_again(shipped: Path) -> None:
    assert incompatible(shipped, registry(ReadMore)) == []
    assert ship.ship(registry(ReadMore), shipped) == []
    assert incompatible(shipped, registry(Read)) == ["probe.read.v1: place: removed field"]


def test_each_incompatible_change_is_named(shipped: Path) -> None:
    assert incompatible(shipped, registry(ReadElsewhere)) == [
        "probe.read.v1: changed topic (was security-events, is alerts)",
        "probe.read.v1: celsius: removed field",
        "probe.read.v1: quality: narrowed enum (no longer 'bad')",
    ]


def test_a_renamed_type_is_refused_and_a_new_version_with_an_upcaster_is_not(shipped: Path) -> None:
    (found,) = incompatible(shipped, registry(ReadInKelvin))
    assert found.startswith("probe.read.v1: removed or renamed type")
    upcaster = Upcaster(
        "probe.read.v1", "probe.read.v2", lambda data: {**data, "kelvin": data["celsius"] + 273.15}
    )
    assert incompatible(shipped, registry(ReadInKelvin, upcaster)) == []
    assert ship.ship(registry(ReadInKelvin, upcaster), shipped) == ["probe.read.v2"]
    assert set(ship.shipped(shipped).events) == {"probe.read.v1", "probe.read.v2"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["columns"].pop(2), "device: removed field"),
        (lambda c: c["columns"][3].update(type="timestamp[ms, tz=UTC]"), "event_time: changed type"),
        (lambda c: c["columns"][5].update(nullable=False), "model: new required field"),
        (
            lambda c: c["columns"].append({"name": "x", "type": "int8", "nullable": False}),
            "x: new required field",
        ),
        (lambda c: c["metric_columns"].update(type="float"), "metric_columns.type: changed type"),
        (lambda c: c.update(max_rows=7), "max_rows: tighter limit"),
        (lambda c: c.update(topic="alerts"), "changed topic"),
    ],
)
def test_an_incompatible_change_of_telemetry_is_named(change: object, said: str) -> None:
    assert callable(change)
    today = msgspec.json.decode(msgspec.json.encode(telemetry_contract.described()))
    change(today)
    (found,) = telemetry_contract.breaches(telemetry_contract.described(), today)
    assert str(found).startswith(f"telemetry.v1: {said}")


def test_telemetry_may_get_a_column_that_may_be_empty() -> None:
    today = telemetry_contract.described()
    today["columns"].append({"name": "zone", "type": "string", "nullable": True})
    assert telemetry_contract.breaches(telemetry_contract.described(), today) == []
