"""Traffic with an ensemble beside it: what it adds, what it must not cost, and the properties every detector must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.traffic.detector import observe as observe_traffic
from detectors.traffic.evidence import ANSWERED, nothing
from detectors.traffic.joint import LOOSE, TOLD_POWER, Joint, decode, observe
from detectors.traffic.model import Model
from detectors.traffic.words import hashed
from schemas.errors import Fatal
from tests.bench.quality.auc import area, caught
from tests.detectors.autoencoders.cohorts import healthy, shuffled, times
from tests.detectors.traffic.flows import made, scored
from tests.detectors.traffic.hostile import columns_of, hostile_rows

ROWS = 6000


def told(joint: Joint, values: Floats) -> Floats:
    devices = hashed([f"device-{row % 5}" for row in range(len(values))])
    words = np.zeros((len(values), 0), np.uint64)
    return observe(joint, devices, times(len(values)), values, words).scores


def test_values_that_are_usual_by_themselves_and_do_not_fit_each_other_rank_first() -> None:
    values, attack = healthy(ROWS), np.zeros(ROWS, np.bool_)
    attack[3000::40] = True
    values = np.where(attack[:, None], shuffled(values, 2), values)
    joint = Joint(8, 0)
    found = told(joint, values)
    devices = hashed([f"device-{row % 5}" for row in range(ROWS)])
    alone = observe_traffic(Model(8, 0), devices, times(ROWS), values, np.zeros((ROWS, 0), np.uint64)).scores
    assert joint.cohesion > 0.9
    assert (area(found, attack) or 0) > (area(alone, attack) or 0) + 0.005
    assert (caught(found, attack, 0.001) or 0) > (caught(alone, attack, 0.001) or 0)


def test_where_outcomes_are_told_the_ensemble_counts_by_its_root() -> None:
    values = healthy(ROWS)
    values[ROWS - 1] = values[ROWS - 1][::-1]
    devices, words = hashed([f"device-{row % 5}" for row in range(ROWS)]), np.zeros((ROWS, 0), np.uint64)
    said = [nothing(ROWS), nothing(ROWS)._replace(outcomes=np.full(ROWS, ANSWERED, np.int64))]
    found = [observe(Joint(8, 0), devices, times(ROWS), values, words, one).scores[-1] for one in said]
    traffic = observe_traffic(Model(8, 0), devices, times(ROWS), values, words).scores[-1]
    silent, told = (one / (1.0 - one) / (traffic / (1.0 - traffic)) for one in found)
    assert silent > 1.1
    assert told == pytest.approx(silent**TOLD_POWER, rel=1e-6)


@pytest.mark.parametrize("share", [0.27, 0.9])
def test_a_late_flood_is_not_learned(share: float) -> None:
    values, attack = healthy(ROWS), np.zeros(ROWS, np.bool_)
    attack[2000:] = np.random.default_rng(3).random(ROWS - 2000) < share
    values[attack] = 1.5 * values[attack][:, ::-1]
    assert (area(told(Joint(8, 0), values), attack) or 0) > 0.995


def test_numbers_on_their_own_change_no_score() -> None:
    values = np.random.default_rng(4).normal(size=(2000, 4))
    joint = Joint(4, 0)
    found = told(joint, values)
    devices = hashed([f"device-{row % 5}" for row in range(2000)])
    alone = observe_traffic(Model(4, 0), devices, times(2000), values, np.zeros((2000, 0), np.uint64)).scores
    assert joint.cohesion < LOOSE
    np.testing.assert_allclose(found, alone, rtol=1e-9, atol=1e-12)


def test_flows_rank_as_they_did() -> None:
    flows = made(12, share=0.27)
    words = np.column_stack([hashed(text) for text in flows.texts])
    found = observe(Joint(4, 4), hashed(flows.devices), flows.times_us, flows.numbers, words).scores
    cost = (area(scored(flows).scores, flows.attack) or 0) - (area(found, flows.attack) or 0)
    assert cost <= 0.001


def test_one_number_or_none_has_no_ensemble() -> None:
    assert Joint(1, 2).ensemble is None
    assert Joint(0, 2).ensemble is None


def test_bytes_that_are_no_joint_model_are_refused() -> None:
    whole = Joint(2, 1).encode()
    for data in (b"", b"XXXX" + whole[4:], whole[:-1], whole + b"x", whole[:4] + b"\0\0\0\x63" + whole[8:]):
        with pytest.raises(Fatal):
            decode(data)
    with pytest.raises(Fatal):
        decode(Joint(1, 1).encode() + b"x")


def observed(joint: Joint, rows: Rows) -> Floats:
    return observe(joint, *columns_of(rows)).scores


SUBJECT = Subject(lambda: Joint(2, 1), observed, Joint.encode, decode)


@given(hostile_rows(), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(0.0, 1.0))
@settings(max_examples=10)
def test_it_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.stays_within(SUBJECT, rows, 3_200_000)
