"""Why a silence is told, in numbers: the gap, the peers, the site and the nearest normal gap."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.silence.code import SECOND, all_seconds_of, seconds_of
from detectors.silence.gap import octaves
from detectors.silence.parameters import GAP
from detectors.state import State, observe_telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.detectors.silence.hosted import DEVICES, LEARNED, SPACING_S, data_of, elsewhere, fed, reports


@pytest.fixture(scope="module")
def learned() -> State:
    state = State()
    fed(state, reports(DEVICES, range(LEARNED)))
    return state


def of_kind(found: list[Envelope], kind: str) -> list[DetectionRaised]:
    return [data_of(one) for one in found if data_of(one).kind == kind]


def test_a_silent_device_is_told_with_its_gap_and_what_is_usual(learned: State) -> None:
    state = copy.deepcopy(learned)
    others = [device for device in DEVICES if device != "cam-3"]
    found = fed(state, reports(others, range(LEARNED, LEARNED + 12)))
    (data,) = of_kind(found, "silence.silent")
    (gap,) = data.contributions
    told_at = next(one.time for one in found if one.data is data)
    assert gap.metric == GAP
    assert gap.actual == (told_at - data.since).total_seconds()
    assert gap.expected == pytest.approx(SPACING_S, rel=0.01)
    assert gap.low == 0.0 and gap.expected < gap.high < gap.actual < 2 * gap.high
    assert gap.score > 3 and gap.p_value == data.p_value
    assert data.nearest is not None and data.nearest.value == pytest.approx(SPACING_S, rel=0.01)
    assert data.nearest.distance == pytest.approx(gap.score, rel=0.1)


def test_it_says_what_its_peers_and_its_site_do(learned: State) -> None:
    state = copy.deepcopy(learned)
    two = fed(state, reports(DEVICES[2:], range(LEARNED, LEARNED + 12)))
    alone = of_kind(two, "silence.silent")
    assert len(alone) == 2
    around = alone[-1].cohort
    assert around is not None
    assert (around.peers, around.changed, around.site, around.metric) == (7, 1, "berlin", GAP)
    assert around.model and around.now is not None and around.now < SPACING_S
    assert around.before == pytest.approx(SPACING_S, rel=0.01)
    assert around.high is not None and around.high >= alone[-1].contributions[0].actual
    (site,) = alone[-1].expectations
    assert (site.what, site.seen, site.expected) == ("Silent at site berlin", "2 of 8 devices", "none")


def test_an_outage_is_told_with_the_device_in_its_middle(learned: State) -> None:
    state = copy.deepcopy(learned)
    found = [
        one
        for step in range(LEARNED, LEARNED + 12)
        for one in observe_telemetry(state, elsewhere(range(step, step + 1)), "t/0/1")
    ]
    (data,) = of_kind(found, "silence.outage")
    (gap,) = data.contributions
    assert gap.actual > gap.high > gap.expected
    assert gap.p_value == data.p_value and data.p_value is not None and data.p_value < 1e-5
    assert data.cohort is not None
    assert (data.cohort.peers, data.cohort.changed, data.cohort.model) == (7, 7, "")
    (site,) = data.expectations
    assert (site.seen, site.expected) == ("8 of 8 devices", "about 0.2 by chance")


def test_what_ended_gives_no_reasons(learned: State) -> None:
    state = copy.deepcopy(learned)
    fed(state, reports(DEVICES[1:], range(LEARNED, LEARNED + 12)))
    (data,) = of_kind(fed(state, reports(DEVICES, range(LEARNED + 12, LEARNED + 13))), "silence.returned")
    assert (data.contributions, data.cohort, data.nearest) == ((), None, None)


@given(st.lists(st.integers(0, SECOND + 256 * 30), min_size=1, max_size=20))
def test_codes_of_an_array_are_the_codes_of_its_parts(codes: list[int]) -> None:
    known = [code if code == 0 or code >= SECOND else SECOND for code in codes]
    assert all_seconds_of(np.array(known, np.uint16)).tolist() == [seconds_of(code) for code in known]
    assert [octaves(seconds_of(code)) for code in known] == [max(code - SECOND, 0) / 256 for code in known]
