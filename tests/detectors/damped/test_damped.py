"""Damped statistics against their definition and closed forms, bounded, for any times and values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.damped.detector import KINDS, Traffic, chosen, mixed, observe, traffic_of
from detectors.damped.streams import Streams, decode
from schemas.errors import Fatal, Rejected
from tests.detectors.damped.definition import statistics

HARD = [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, -0.0, 9e99]
START_US = 1_700_000_000_000_000


def words(*numbers: int) -> Floats:
    return np.array(numbers, np.uint64)


@st.composite
def events(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Times (s) in any order, and two values, some of them missing."""
    count = draw(st.integers(1, 25))
    times = draw(st.lists(st.integers(-30, 300), min_size=count, max_size=count))
    value = st.one_of(st.floats(-1e3, 1e3), st.just(math.nan), st.just(math.inf))
    ones = draw(st.lists(value, min_size=count, max_size=count))
    others = draw(st.lists(value, min_size=count, max_size=count))
    return np.array(times, np.float64), np.array(ones), np.array(others)


@given(events(), st.floats(1.0, 1e4))
@settings(max_examples=150)
def test_they_are_what_their_definition_says(given_: tuple[Floats, Floats, Floats], half_s: float) -> None:
    times, ones, others = given_
    times = times * half_s / 20.0
    times_us = (times * 1e6).astype(np.int64) + START_US
    times = (times_us - START_US) / 1e6
    told = observe(Streams(8, [half_s]), np.full(len(times), 7), times_us, ones, others)
    for row in range(len(times)):
        expected = statistics(ones[: row + 1], others[: row + 1], times[: row + 1], half_s)
        np.testing.assert_allclose(told[row, :8], expected[:8], rtol=1e-6, atol=1e-5)
        if told[row, 2] > 1e-3 and told[row, 4] > 1e-3:
            assert told[row, 8] == pytest.approx(expected[8], abs=1e-5)
        elif not math.isnan(told[row, 8]):
            assert -1.0 <= told[row, 8] <= 1.0


def test_the_weight_of_a_steady_stream_is_a_geometric_series() -> None:
    told = observe(
        Streams(8, [10.0]), np.full(400, 7), np.arange(400) * 1_000_000, np.ones(400), np.ones(400)
    )
    assert told[-1, 0] == pytest.approx((1 - 2 ** (-400 / 10)) / (1 - 2 ** (-1 / 10)))


def test_pairs_that_come_together_have_the_exact_weighted_covariance() -> None:
    random = np.random.default_rng(1)
    pairs = random.multivariate_normal([1e6, -5.0], [[2.0, 1.2], [1.2, 3.0]], 500)
    times = np.cumsum(random.exponential(1.0, 500))
    times_us = (times * 1e6).astype(np.int64)
    told = observe(Streams(8, [40.0]), np.full(500, 7), times_us, pairs[:, 0], pairs[:, 1])[-1]
    weights = 2.0 ** (-(times_us[-1] - times_us) / 40e6)
    exact = np.cov(pairs.T, aweights=weights, ddof=0)
    assert told[2] ** 2 == pytest.approx(exact[0, 0])
    assert told[7] == pytest.approx(exact[0, 1])
    assert told[8] == pytest.approx(exact[0, 1] / math.sqrt(exact[0, 0] * exact[1, 1]))


def test_values_that_come_in_turns_are_seen_to_go_together() -> None:
    random = np.random.default_rng(2)
    cause = np.repeat(random.normal(0.0, 1.0, 400), 2)
    turn = np.arange(800) % 2 == 0
    ones, others = np.where(turn, cause, np.nan), np.where(turn, np.nan, -cause)
    told = observe(Streams(8, [500.0]), np.full(800, 7), np.arange(800) * 1_000_000, ones, others)
    assert told[-1, 8] < -0.3


def test_a_clock_that_runs_backwards_ages_nothing() -> None:
    times = np.array([100, 50, 0, 100]) * 1_000_000
    told = observe(Streams(8, [10.0]), np.full(4, 7), times, np.ones(4), np.ones(4))
    assert told[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_what_is_long_ago_is_forgotten() -> None:
    times = np.array([0, 1_000_000, 2_000_000_000_000])
    told = observe(Streams(8, [1.0]), np.full(3, 7), times, np.array([5.0, 9.0, 2.0]), np.full(3, np.nan))
    assert told[2, :3].tolist() == [1.0, 2.0, 0.0]


def test_streams_of_one_line_give_way_oldest_first_and_are_counted() -> None:
    streams = Streams(8, [1e6])
    ones = np.ones(12)
    keys = words(1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 2, 1)
    told = observe(streams, keys, np.zeros(12, np.int64), ones, ones)
    # 9 takes the place of 2, because 1 was seen again; then 2 begins anew in the place of 3.
    assert told[:, 0].tolist() == [1.0] * 8 + [2.0, 1.0, 1.0, 3.0]
    assert streams.evicted == 2
    assert sorted(streams.owners.tolist()) == [1, 2, 4, 5, 6, 7, 8, 9]


def test_an_event_without_a_key_is_counted_and_teaches_nothing() -> None:
    streams = Streams(8)
    before = streams.cells.copy()
    told = observe(streams, words(0), np.zeros(1, np.int64), np.ones(1), np.ones(1))
    assert np.isnan(told).all()
    assert streams.missing == 1
    assert np.array_equal(streams.cells, before)


@pytest.mark.parametrize(("places", "paces"), [(0, [1.0]), (12, [1.0]), (8, []), (8, [0.0]), (8, [math.inf])])
def test_tables_that_cannot_be_are_refused(places: int, paces: list[float]) -> None:
    with pytest.raises(Rejected):
        Streams(places, paces)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(Rejected):
        observe(Streams(8), words(1, 2), np.zeros(1, np.int64), np.ones(2), np.ones(2))


def test_bytes_that_are_no_streams_are_refused() -> None:
    whole = Streams(8).encode()
    for data in (b"", b"XXXX" + whole[4:], whole[:4] + b"\0\0\0\x63" + whole[8:], whole[:-1], whole + b"x"):
        with pytest.raises(Fatal):
            decode(data)
    with pytest.raises(Fatal):
        traffic_of(whole)


def told(streams: Streams, rows: Rows) -> Floats:
    found = observe(streams, rows.devices, rows.times_us, rows.values[:, 0], rows.values[:, 1])
    return np.nan_to_num(found[:, -1]) / 2 + 0.5


SUBJECT = Subject(lambda: Streams(64), told, Streams.encode, decode)


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 300))
    values = random.normal(0.0, 1e3, (count, 2))
    odd = random.random((count, 2)) < 0.2
    values[odd] = random.choice(HARD, int(odd.sum()))
    edge = draw(st.sampled_from([10**9, 2**62]))
    times = random.integers(-edge, edge, count)
    return Rows(random.integers(0, draw(st.sampled_from([3, 10**6])), count), times, values)


@given(hostile_rows(), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(0.0, 1.0))
@settings(max_examples=40)
def test_they_have_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.stays_within(SUBJECT, rows, 64 * 300 + 1000)


@given(hostile_rows())
@settings(max_examples=40)
def test_nothing_told_is_infinite(rows: Rows) -> None:
    found = observe(Streams(64), rows.devices, rows.times_us, rows.values[:, 0], rows.values[:, 1])
    assert not np.isinf(found).any()
    assert not np.isnan(found[rows.devices != 0, 0]).any()


def test_a_stream_is_the_same_without_all_others() -> None:
    random = np.random.default_rng(3)
    rows = Rows(random.integers(1, 9, 400), np.arange(400) * 500_000, random.normal(0.0, 1.0, (400, 2)))
    checks.keeps_devices_apart(SUBJECT, rows, 4)


def test_traffic_is_known_by_device_by_target_and_by_channel() -> None:
    traffic = Traffic()
    devices, targets, channels = words(1, 1, 1, 2), words(5, 5, 6, 5), words(8, 9, 8, 8)
    found = traffic.observe(devices, targets, channels, np.zeros(4, np.int64), np.ones(4), np.ones(4))
    names = traffic.names()
    assert found.shape == (4, len(names))
    weights = {kind: found[:, names.index(f"{kind}.weight.10s")].tolist() for kind in KINDS}
    assert weights["device"] == [1.0, 2.0, 3.0, 1.0]
    assert weights["target"] == [1.0, 2.0, 1.0, 1.0]
    assert weights["channel"] == [1.0, 1.0, 1.0, 1.0]
    assert len(chosen(names, "weight", "correlation")) == 2 * 3 * 3
    assert traffic_of(traffic.encode()).encode() == traffic.encode()


def test_a_key_of_parts_is_none_where_a_part_is_none_and_depends_on_their_order() -> None:
    assert mixed(words(1, 0, 3), words(2, 2, 0))[1:].tolist() == [0, 0]
    assert mixed(words(1), words(2)) != mixed(words(2), words(1))
