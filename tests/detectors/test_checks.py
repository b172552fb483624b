"""The checks pass a detector that is right and catch each way of being wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from detectors import checks
from detectors.checks import Floats, Rows, Subject

ROWS = Rows(
    np.array([0, 1, 0, 1, 0, 0]),
    np.arange(6, dtype=np.int64),
    np.array([[1.0, 7.0], [5.0, 1.0], [np.nan, 3.0], [2.0, 2.0], [4.0, 9.0], [0.0, 1.0]]),
)
State = dict[int, list[float]]
Observe = Callable[[State, Rows], Floats]


def novelty(state: State, rows: Rows) -> Floats:
    """A right one: 1 for a row sum larger than all before of the device, else 0."""
    scores = np.zeros(len(rows.values))
    for place, (device, values) in enumerate(zip(rows.devices.tolist(), rows.values, strict=True)):
        total, known = float(np.nansum(values)), state.setdefault(device, [])
        scores[place] = float(total > max(known, default=0.0))
        state[device] = [max([total, *known])]
    return scores


def encoded(state: State) -> bytes:
    return repr(sorted(state.items())).encode()


def decoded(data: bytes) -> State:
    return dict(eval(data.decode()))


def subject(observe: Observe) -> Subject[State]:
    return Subject(dict, observe, encoded, decoded)


def by_chance(state: State, rows: Rows, calls: itertools.count[int] = itertools.count()) -> Floats:
    """Not deterministic: it depends on how often it was called."""
    return np.full(len(rows.values), next(calls) % 97 / 97)


def by_batch(state: State, rows: Rows) -> Floats:
    """Depends on what else is in the batch, later rows too."""
    return np.full(len(rows.values), np.nanmax(rows.values) / 10.0)


def forgetful(state: State, rows: Rows) -> Floats:
    """Keeps something outside its state's bytes."""
    object_state = getattr(forgetful, "known", {})
    known = object_state.setdefault(id(state), [])
    forgetful.known = object_state  # type: ignore[attr-defined]
    scores = np.zeros(len(rows.values))
    for place in range(len(scores)):
        known.append(1.0)
        scores[place] = 1.0 / len(known)
    return scores


def meddling(state: State, rows: Rows) -> Floats:
    """Changes what it was given."""
    rows.values[np.isnan(rows.values)] = 0.0
    return np.zeros(len(rows.values))


def unbounded(state: State, rows: Rows) -> Floats:
    """Says NaN where a value is missing."""
    total: Floats = rows.values.sum(axis=1)
    return total


def hoarding(state: State, rows: Rows) -> Floats:
    """Remembers every row."""
    state.setdefault(0, []).extend(rows.values[:, 1].tolist())
    return np.zeros(len(rows.values))


def across(state: State, rows: Rows) -> Floats:
    """One history for all devices."""
    return novelty(state, rows._replace(devices=np.zeros(len(rows.devices), np.int64)))


def first_column(state: State, rows: Rows) -> Floats:
    """Looks at one column only."""
    return np.nan_to_num(rows.values[:, 0])


def all_checks(observe: Observe) -> None:
    checks.is_deterministic(subject(observe), ROWS)
    checks.ignores_batch_cuts(subject(observe), ROWS, [1, 4])
    checks.is_causal(subject(observe), ROWS, 4)
    checks.survives_a_snapshot(subject(observe), ROWS, 3)
    checks.leaves_its_input_alone(subject(observe), ROWS)
    checks.scores_are_bounded(subject(observe), ROWS)
    checks.stays_within(subject(observe), ROWS, 30)
    checks.keeps_devices_apart(subject(observe), ROWS, 0)
    checks.ignores_feature_order(subject(observe), ROWS, [1, 0])


def test_a_right_detector_passes() -> None:
    all_checks(novelty)


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (lambda one: checks.is_deterministic(one, ROWS), by_chance),
        (lambda one: checks.ignores_batch_cuts(one, ROWS, [1, 4]), by_batch),
        (lambda one: checks.is_causal(one, ROWS, 4), by_batch),
        (lambda one: checks.survives_a_snapshot(one, ROWS, 3), forgetful),
        (lambda one: checks.leaves_its_input_alone(one, ROWS), meddling),
        (lambda one: checks.scores_are_bounded(one, ROWS), unbounded),
        (lambda one: checks.stays_within(one, ROWS, 30), hoarding),
        (lambda one: checks.keeps_devices_apart(one, ROWS, 1), across),
        (lambda one: checks.ignores_feature_order(one, ROWS, [1, 0]), first_column),
    ],
)
def test_a_wrong_detector_is_caught(check: Callable[[Subject[State]], None], wrong: Observe) -> None:
    check(subject(novelty))
    with pytest.raises(AssertionError):
        check(subject(wrong))
