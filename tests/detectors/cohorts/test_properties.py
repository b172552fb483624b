"""What must hold of every detector holds of the cohort models; and what doesn't, is said."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.cohorts import snapshot
from detectors.cohorts.cohorts import Cohorts
from detectors.cohorts.parameters import MOST_COHORTS, MOST_GROUPS
from tests.detectors.cohorts.fleets import made, part, watched

COLUMNS = 9


def observed(cohorts: Cohorts, rows: Rows) -> Floats:
    """All three scores of a row in one number. Rows are learned in the order given."""
    count = len(rows.devices)
    homes = np.array([cohorts.number((device % 2, "1")) for device in rows.devices.tolist()], np.int64)
    values = np.ascontiguousarray(rows.values.T.astype(np.float32))
    _, scores = cohorts.observe(
        np.arange(count), rows.devices.copy(), homes, rows.times_us.copy(), values, np.arange(COLUMNS)
    )
    return np.asarray(scores.astype(np.float64).sum(axis=1))


def encode(cohorts: Cohorts) -> bytes:
    return b"".join(snapshot.encode(cohorts))


def decode(data: bytes) -> Cohorts:
    cohorts = Cohorts()
    snapshot.restore(cohorts, memoryview(data))
    return cohorts


SUBJECT = Subject(Cohorts, observed, encode, decode)


def rows_of(seed: int, count: int = 3000) -> Rows:
    """Twelve devices in two cohorts, missing values, clocks that run backwards, outliers, infinities; settled half way."""
    chance = np.random.default_rng(seed)
    values = chance.normal(50, 2, (count, COLUMNS))
    values[chance.random(values.shape) < 0.05] = np.nan
    values[chance.random(values.shape) < 0.01] = np.inf
    values[chance.random(values.shape) < 0.01] = 1e12
    times = 1_700_000_000_000_000 + np.arange(count) * 150_000_000
    times[chance.random(count) < 0.05] -= 3_600_000_000
    return Rows(chance.integers(0, 12, count), times, values)


@given(st.integers(0, 1000), st.integers(1, 2999))
@settings(max_examples=6)
def test_what_must_hold_of_every_detector(seed: int, at: int) -> None:
    rows = rows_of(seed)
    checks.all_hold(SUBJECT, rows, [at], at, high=1e9)
    checks.stays_within(SUBJECT, rows, 64 * 1024)


def test_cohorts_do_not_touch_one_another() -> None:
    rows = rows_of(3)
    even = rows.devices % 2 == 0
    alone = observed(Cohorts(), rows.chosen(even))
    assert (observed(Cohorts(), rows)[even] == alone).all()


def test_the_order_of_metrics_changes_scores_by_rounding_only() -> None:
    reports = made(days=6)
    _, plain = watched(Cohorts(), reports)
    _, moved = watched(Cohorts(), reports._replace(values=reports.values[:, [2, 0, 3, 1]]))
    assert np.abs(plain - moved).max() < 0.02 * plain.max()


def test_the_order_of_devices_within_a_moment_matters_and_is_the_one_of_the_log() -> None:
    reports = made(days=1)
    _, plain = watched(Cohorts(), reports)
    swapped = np.arange(len(reports.device)).reshape(-1, 2)[:, ::-1].ravel()
    other, moved = Cohorts(), part(reports, swapped)
    _, scores = watched(other, moved)
    assert (plain != scores[np.argsort(swapped)]).any()


def test_more_cohorts_and_metrics_than_there_is_room_for_are_counted_and_not_judged() -> None:
    cohorts = Cohorts()
    for number in range(MOST_COHORTS):
        assert cohorts.number((number, "1")) == number
    assert cohorts.number((MOST_COHORTS, "1")) == -1
    columns = MOST_GROUPS * 8 + 8
    values = np.ones((columns, 2), np.float32)
    times = np.array([1_700_000_000_000_000, 1_700_000_001_000_000])
    cohorts.observe(np.arange(2), np.array([0, 1]), np.array([-1, 0]), times, values, np.arange(columns))
    assert (cohorts.unmodelled, cohorts.groups) == (1, MOST_GROUPS)
