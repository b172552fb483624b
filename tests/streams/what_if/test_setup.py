"""Which findings a variant keeps: silence, cohorts, clocks and the baselines are switched off each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.baseline.parameters import DEFAULTS
from detectors.variant.parsing import parse
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from streams.what_if.detection import Setup
from streams.what_if.found import Found
from tests.detectors.fleet import START


def found(detector: str) -> Found:
    data = DetectionRaised(
        detector=detector,
        version=1,
        kind=f"{detector}.x",
        severity="low",
        title="",
        explanation="",
        since=START,
    )
    envelope = Envelope(
        id=detector, type=data.TYPE, source="test", subject="d", tenant="acme", time=START, data=data
    )
    return Found(0, 0, envelope)


@pytest.mark.parametrize(
    ("variant", "kept", "told"),
    [
        ({}, ["baseline", "silence", "clock", "cohort"], []),
        ({"silence": {"on": False}}, ["baseline", "clock", "cohort"], ["silence off"]),
        ({"cohorts": {"on": False}}, ["baseline", "silence", "clock"], ["cohorts off"]),
        ({"clocks": {"on": False}}, ["baseline", "silence", "cohort"], ["clocks off"]),
        ({"baseline": {"on": False}}, ["silence", "clock", "cohort"], ["baseline off"]),
        (
            {"baseline": {"on": False}, "silence": {"on": False}},
            ["clock", "cohort"],
            ["baseline off", "silence off"],
        ),
    ],
)
def test_what_is_on_is_kept(variant: dict[str, Any], kept: list[str], told: list[str]) -> None:
    asked = parse(variant)
    setup = Setup.of(asked)
    every = [found(name) for name in ("baseline", "silence", "clock", "cohort")]
    assert [one.detection.id for one in setup.chosen(every)] == kept
    assert sorted(asked.told()) == told


def test_silence_runs_beside_any_baseline() -> None:
    assert Setup.of(parse({"baseline": {"on": False}})).run == DEFAULTS
    assert Setup.of(parse({"baseline": {"spike_z": 5}})).run == DEFAULTS._replace(spike_z=5.0)
