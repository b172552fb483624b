"""What a finding says in numbers: sorted, bounded, finite or absent, and the same every time."""

from __future__ import annotations

import math

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detectors.explanation import MOST, cohort, contribution, most_telling, nearest
from schemas.detection import Cohort, Contribution, Nearest

Anything = st.floats(allow_nan=True, allow_infinity=True)
Candidate = st.builds(
    contribution,
    st.text("abc", min_size=1, max_size=2),
    Anything,
    Anything,
    Anything,
    score=st.none() | Anything,
    p_value=st.none() | Anything,
)


def numbers(struct: msgspec.Struct) -> list[float]:
    return [value for value in msgspec.structs.astuple(struct) if isinstance(value, float)]


@given(st.lists(Candidate, max_size=20), st.text("abc", max_size=2))
def test_contributions_are_sorted_bounded_and_finite(
    candidates: list[Contribution | None], keep: str
) -> None:
    told = most_telling(candidates, keep=keep)
    there = [one for one in candidates if one is not None]
    assert len(told) == min(len(there), MOST)
    assert [abs(one.score) for one in told] == sorted((abs(one.score) for one in told), reverse=True)
    assert all(math.isfinite(value) for one in told for value in numbers(one))
    assert all(one.low <= one.expected <= one.high for one in told)
    assert all(one.p_value is None or 0 <= one.p_value <= 1 for one in told)
    assert (keep in {one.metric for one in told}) == (keep in {one.metric for one in there})
    assert told == most_telling(candidates, keep=keep)


@given(st.lists(Candidate, max_size=4))
def test_the_order_of_the_candidates_does_not_matter(candidates: list[Contribution | None]) -> None:
    by_name = {one.metric: one for one in candidates if one is not None}
    forth, back = list(by_name.values()), list(by_name.values())[::-1]
    assert most_telling(forth) == most_telling(back)


@given(Anything, Anything, Anything, Anything, st.lists(st.tuples(st.sampled_from("xyz"), Anything)))
def test_nothing_normal_that_is_known_is_closer_than_the_nearest(
    actual: float, deviation: float, low: float, high: float, peers: list[tuple[str, float]]
) -> None:
    found = nearest("m", actual, deviation, low, high, peers)
    if found is None:
        return
    assert all(math.isfinite(value) for value in numbers(found))
    assert found.distance >= 0
    apart = abs(actual - found.value)
    assert all(apart <= abs(actual - value) for _, value in peers if math.isfinite(value))
    if low <= actual <= high:
        assert (found.value, found.device) == (actual, "")


@given(st.lists(Anything), st.lists(Anything))
def test_what_peers_measure_is_finite_or_absent(actual: list[float], expected: list[float]) -> None:
    told = cohort(3, 1, model="m", metric="tx_kbps", actual=actual, expected=expected)
    assert all(math.isfinite(value) for value in numbers(told))
    assert bool(told.metric) == (told.now is not None) == (told.before is not None)
    if told.low is not None and told.now is not None and told.high is not None:
        assert told.low <= told.now <= told.high


def test_what_it_says() -> None:
    one = contribution("tx_kbps", 48, 4, 2)
    assert one == Contribution(metric="tx_kbps", actual=48, expected=4, low=-2, high=10, score=22)
    assert nearest("tx_kbps", 48, 2, 1, 8) == Nearest(metric="tx_kbps", value=8, distance=20)
    peers = [("cam-1", 5.0), ("cam-2", 47.0), ("cam-3", 49.0)]
    closest = Nearest(metric="tx_kbps", value=47, distance=0.5, device="cam-2")
    assert nearest("tx_kbps", 48, 2, 1, 8, peers) == closest
    assert cohort(3, 1, metric="m", actual=[1, 9, 2], expected=[1, 1, 2]) == Cohort(
        peers=3, changed=1, metric="m", now=2, before=1, low=1, high=9
    )
    assert contribution("m", 1, 1, 0) is None
