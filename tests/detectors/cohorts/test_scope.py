"""What a finding about a whole cohort is a part of is named by the cohort, never by the device that completed it."""

from __future__ import annotations

import pytest

from detectors.cohorts.row import DIVERGED, OUTLIER, PATTERN, SHIFT
from detectors.cohorts.scope import scope_of
from detectors.cohorts.sentence import Group

BERLIN = Group("pump-1", "pump", "berlin", "4.2.0")


def found(kind: int, z: float = 9.0) -> dict[str, float]:
    return {"kind": kind, "z": z, "peers": 39.6}


def test_two_devices_of_a_cohort_name_the_same_thing() -> None:
    one = scope_of(found(SHIFT), "cohort.shift.temperature_c", BERLIN)
    other = scope_of(found(SHIFT), "cohort.shift.temperature_c", BERLIN._replace(device="pump-7"))
    assert one is not None
    assert one == other
    assert (one.key, one.members, one.of) == (
        "cohort.shift.temperature_c up pump, berlin, 4.2.0",
        40,
        0,
    )


@pytest.mark.parametrize(
    ("kind", "name", "z", "group"),
    [
        (SHIFT, "cohort.shift.temperature_c", -9.0, BERLIN),
        (SHIFT, "cohort.shift.tx_kbps", 9.0, BERLIN),
        (SHIFT, "cohort.shift.temperature_c", 9.0, BERLIN._replace(site="oslo")),
        (DIVERGED, "cohort.poisoned", 9.0, BERLIN),
    ],
)
def test_another_way_metric_or_place_is_another_thing(kind: int, name: str, z: float, group: Group) -> None:
    one = scope_of(found(SHIFT), "cohort.shift.temperature_c", BERLIN)
    other = scope_of(found(kind, z), name, group)
    assert one is not None and other is not None
    assert one.key != other.key


@pytest.mark.parametrize("kind", [OUTLIER, PATTERN])
def test_what_is_about_a_device_has_none(kind: int) -> None:
    assert scope_of(found(kind), "cohort.pattern", BERLIN) is None
