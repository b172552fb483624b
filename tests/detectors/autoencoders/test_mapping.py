"""The feature map: every feature once, few to a group, what goes together together, whatever the columns' order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.autoencoders.mapping import MOST, clustered, correlation, distances, map_features, most_groups
from detectors.checks import Floats

# The first run compiles.
pytestmark = pytest.mark.timeout(900)


def mapped(events: Floats) -> list[list[int]]:
    places = np.full((most_groups(events.shape[1]), MOST), -1)
    count = map_features(events.astype(np.float32), places)
    assert (places[count:] == -1).all()
    return [[int(one) for one in row if one >= 0] for row in places[:count]]


@given(st.integers(1, 60), st.integers(0, 1000), st.floats(0.0, 0.9))
@settings(max_examples=30)
def test_every_feature_is_in_one_group_of_at_most_eight(features: int, seed: int, missing: float) -> None:
    random = np.random.default_rng(seed)
    events = random.normal(0.0, 1.0, (64, features))
    events[random.random(events.shape) < missing] = np.nan
    groups = mapped(events)
    assert sorted(one for group in groups for one in group) == list(range(features))
    assert max(map(len, groups)) <= MOST
    assert len(groups) <= most_groups(features)


def naive(apart: Floats) -> set[frozenset[int]]:
    """Average linkage by its definition: the mean distance of all pairs, worked out anew for each merge."""
    groups = [[one] for one in range(len(apart))]
    while True:
        pairs = [
            (float(apart[np.ix_(groups[a], groups[b])].mean()), a, b)
            for a in range(len(groups))
            for b in range(a + 1, len(groups))
            if len(groups[a]) + len(groups[b]) <= MOST
        ]
        if not pairs:
            return {frozenset(group) for group in groups}
        _, a, b = min(pairs)
        groups[a] += groups.pop(b)


@given(st.integers(2, 20), st.integers(0, 1000))
@settings(max_examples=30)
def test_groups_are_those_of_average_linkage(features: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    apart = random.random((features, features))
    apart = np.triu(apart, 1) + np.triu(apart, 1).T
    group = clustered(apart.copy())
    assert {frozenset(np.flatnonzero(group == one).tolist()) for one in set(group.tolist())} == naive(apart)


def test_features_of_one_cause_are_together_also_where_they_run_against_it() -> None:
    random = np.random.default_rng(1)
    causes = random.normal(0.0, 1.0, (200, 3))
    signs = np.array([1.0, -1.0, 2.0, -0.5, 1.0, 3.0])
    events = np.repeat(causes, 6, 1) * np.tile(signs, 3) + random.normal(0.0, 0.1, (200, 18))
    assert {frozenset(group) for group in mapped(events)} == {
        frozenset(range(first, first + 6)) for first in (0, 6, 12)
    }


@given(st.permutations(range(12)), st.integers(0, 100))
@settings(max_examples=30)
def test_the_order_of_columns_changes_nothing(order: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    events = random.normal(0.0, 1.0, (64, 12)) + random.normal(0.0, 1.0, (64, 1))
    events[random.random(events.shape) < 0.1] = np.nan
    moved = mapped(events[:, order])
    assert [[order[one] for one in group] for group in moved] == mapped(events)


def test_correlation_is_pearsons_over_events_with_both() -> None:
    random = np.random.default_rng(2)
    one, other = random.normal(0.0, 1.0, (2, 50))
    one[:10], other[5:20] = np.nan, np.nan
    both = ~(np.isnan(one) | np.isnan(other))
    assert correlation(one, other) == pytest.approx(np.corrcoef(one[both], other[both])[0, 1])
    assert correlation(one, np.ones(50)) == 0.0
    assert correlation(one[:12], other[:12]) == 0.0
    assert distances(np.column_stack([one, -one]))[0, 1] == pytest.approx(0.0)
