"""The plant detector on machines made up: each kind of fault, what it says of it, and the properties every detector must have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.plant import memory, state
from detectors.plant.detector import observe, score_plant, sentence
from schemas.errors import Fatal, Rejected

PLANTS = 2
NAMES = ["pump", "flow", "heat"]
HARD = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1e99]


def machine(rows: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """A pump and the flow it causes, and a temperature that wanders by itself."""
    random = np.random.default_rng(seed)
    pump = 2.0 + random.normal(0.0, 0.2, rows)
    flow = 16.0 * pump + random.normal(0.0, 0.4, rows)
    heat = 70.0 + np.cumsum(random.normal(0.0, 0.05, rows))
    return np.column_stack([pump, flow, heat])


def alarms(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return score_plant(values).scores > 0.5


@pytest.mark.parametrize("seed", range(8))
def test_a_healthy_machine_makes_hardly_an_alarm(seed: int) -> None:
    assert alarms(machine(1500, seed)).mean() < 0.02


def test_a_level_that_moves_is_found_and_explained_and_over_when_it_is_back() -> None:
    values = machine(1200)
    values[700:900] -= [1.0, 16.0, 0.0]
    found = score_plant(values)
    assert (found.scores[725:900] > 0.5).all()
    assert not (found.scores[930:] > 0.5).any()
    actual, expected, low, high = found.evidence[800]
    assert memory.VIEWS[found.views[800]] == "level"
    assert found.channels[800] in (0, 1)
    assert actual < low < expected < high
    assert sentence(found, 800, NAMES).startswith(("flow is at 1", "pump is at 0.9"))
    assert np.flatnonzero(found.changes)[0] in range(700, 720)
    assert sentence(found, 10, NAMES) == ""


def test_a_sensor_that_rattles_is_found() -> None:
    values = machine(1200)
    values[700:900, 1] += np.random.default_rng(2).normal(0.0, 30.0, 200) * np.tile([1.0, -1.0], 100)
    found = score_plant(values)
    assert "noise" in {memory.VIEWS[view] for view in found.views[710:900]}
    assert "flow varies by" in " ".join(sentence(found, row, NAMES) for row in range(710, 900))


def test_channels_that_stop_going_together_are_found_where_none_is_odd_by_itself() -> None:
    random = np.random.default_rng(4)
    cause = random.normal(0.0, 1.0, 1500)
    values = np.column_stack([cause + random.normal(0.0, 0.1, 1500) for _ in range(6)])
    values[700:, 2] += 0.5
    found = score_plant(values)
    speaking = found.views[(found.scores > 0.5)]
    assert len(speaking) > 100
    assert {memory.VIEWS[view] for view in speaking} == {"correlation"}
    assert sentence(found, 800, list("abcdef")).startswith("c is at ")


def test_a_channel_that_wanders_anyway_makes_no_alarm_when_it_wanders_on() -> None:
    values = machine(1200)
    values[:, 2] = np.linspace(60.0, 75.0, 1200)
    assert not alarms(values).any()


def test_a_channel_that_stood_still_may_flicker_but_not_move() -> None:
    values = np.column_stack([machine(900), np.full(900, 32.0)])
    values[500, 3] = 32.01
    assert not alarms(values).any()
    values[600:700, 3] = 33.0
    assert alarms(values)[620:700].all()


def test_a_channel_that_was_missing_while_learning_is_never_judged() -> None:
    values = np.column_stack([machine(900), np.full(900, np.nan)])
    values[600:, 3] = 5.0
    values[700:, 3] = 5000.0
    assert not alarms(values).any()


def test_one_odd_row_is_no_alarm_of_a_steady_machine() -> None:
    values = machine(900)
    values[600, :2] *= 1.2
    assert alarms(values)[600:640].mean() < 0.2


def test_a_plant_of_a_known_kind_is_judged_after_a_window() -> None:
    states = state.fresh(2)
    observe(states, np.zeros(600, np.int64), machine(600))
    state.follow(states, 1, 0)
    values = machine(100, 7)
    values[:, 2] = 70.0
    values[50:, 1] = 10.0
    scores = observe(states, np.ones(100, np.int64), values).scores
    assert not (scores[:50] > 0.5).any()
    assert (scores[75:] > 0.5).all()


def test_the_reference_does_not_move_whatever_comes_later() -> None:
    states = state.fresh(1)
    observe(states, np.zeros(400, np.int64), machine(400))
    before = {name: states[name].tobytes() for name in ("means", "squares", "scale", "residual")}
    observe(states, np.zeros(3000, np.int64), machine(3000, 2) * 50.0)
    assert before == {name: states[name].tobytes() for name in before}


@pytest.mark.parametrize(
    ("plants", "values", "field"),
    [
        ([0], np.zeros((2, 3)), "values"),
        ([0], np.zeros(1), "values"),
        ([0], np.zeros((1, memory.MOST_CHANNELS + 1)), "values"),
        ([1], np.zeros((1, 3)), "plants"),
        ([-1], np.zeros((1, 3)), "plants"),
    ],
)
def test_rows_that_fit_no_plant_are_refused(
    plants: list[int], values: npt.NDArray[np.float64], field: str
) -> None:
    states = state.fresh(1)
    with pytest.raises(Rejected) as refused:
        observe(states, plants, values)
    assert refused.value.field == field
    assert state.encode(states) == state.encode(state.fresh(1))


@pytest.mark.parametrize("damage", [b"XXXX", b""])
def test_bytes_that_are_no_state_are_refused(damage: bytes) -> None:
    whole = state.encode(state.fresh(1))
    for data in (damage + whole[4:], whole[:4] + b"\x00\x00\x00\x63" + whole[8:], whole + b"x"):
        with pytest.raises(Fatal):
            state.decode(data)


def observed(states: state.States, rows: Rows) -> Floats:
    return observe(states, rows.devices, rows.values).scores


SUBJECT = Subject(lambda: state.fresh(PLANTS), observed, state.encode, state.decode)


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 1000))
    values = random.normal(draw(st.floats(-1e6, 1e6)), draw(st.sampled_from([0.0, 1.0, 1e6])), (count, 3))
    odd = random.random((count, 3)) < draw(st.sampled_from([0.0, 0.02, 0.5]))
    values[odd] = random.choice(HARD, int(odd.sum()))
    devices = random.integers(0, draw(st.integers(1, PLANTS)), count)
    return Rows(devices.astype(np.int64), np.arange(count, dtype=np.int64), values)


@given(hostile_rows(), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(0.0, 1.0))
@settings(max_examples=25)
def test_a_plant_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.keeps_devices_apart(SUBJECT, rows, 0)
    checks.stays_within(SUBJECT, rows, PLANTS * 40_000)


def test_the_order_of_channels_does_not_matter() -> None:
    values = machine(900)
    values[600:700, 1] -= 5.0
    rows = Rows(np.zeros(900, np.int64), np.arange(900), values)
    checks.ignores_feature_order(SUBJECT, rows, [2, 0, 1], 1e-6)
