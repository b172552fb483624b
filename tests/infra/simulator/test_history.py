"""The history: in order, ending just before now, the same message again for whoever replays it."""

from __future__ import annotations

import itertools
import json

import pytest

from infra.simulator.behaviour import METRICS, Behaviour
from infra.simulator.fleet import make
from infra.simulator.history import SPACING_S, recorded, reports, times

FLEET = make(7)
BEHAVIOUR = Behaviour(FLEET)
UNTIL_S = 1.79e9 + 17


@pytest.mark.parametrize("hours", [1, 24, 48])
def test_times_end_just_before_now(hours: int) -> None:
    moments = times(UNTIL_S, hours)
    assert len(moments) == hours * 12
    assert 0 <= UNTIL_S - moments[-1] < SPACING_S
    assert {later - earlier for earlier, later in itertools.pairwise(moments)} == {SPACING_S}


def test_each_device_reports_once_a_moment_unless_it_sleeps_or_it_gets_lost() -> None:
    ids = set()
    for moment in reports(FLEET, BEHAVIOUR, UNTIL_S, 1):
        assert 270 < len(moment) <= 300
        for device, report in moment:
            assert report["device"] == device.name
            assert set(report["metrics"]) in (set(METRICS), set(METRICS) - {"battery_pct"})
            ids.add((device.tenant, report["id"]))
    sent = sum(len(moment) for moment in reports(FLEET, BEHAVIOUR, UNTIL_S, 1))
    assert len(ids) == sent


def test_a_replay_is_a_message_that_was_sent() -> None:
    device = FLEET.spare("http")
    sent = [
        json.dumps(report)
        for moment in reports(FLEET, BEHAVIOUR, UNTIL_S, 2)
        for d, report in moment
        if d is device
    ]
    assert json.dumps(recorded(BEHAVIOUR, device, UNTIL_S, 2)) == sent[0]
