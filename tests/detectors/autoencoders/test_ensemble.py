"""The ensemble on made-up cohorts: what it finds, what it says of it, what it does not learn, and that it holds at anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.autoencoders.detector import observe
from detectors.autoencoders.ensemble import Ensemble, decode
from detectors.autoencoders.memory import FITS, MOST_FEATURES
from detectors.autoencoders.reasons import reasons
from detectors.checks import Floats, Rows, Subject
from schemas.errors import Fatal, Rejected
from tests.bench.quality.auc import area
from tests.detectors.autoencoders.cohorts import healthy, shuffled, times

# The first run compiles.
pytestmark = pytest.mark.timeout(900)

HARD = [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, -0.0, 9e99]
START = FITS[0]


def taught(rows: int = 2000, features: int = 8, seed: int = 0) -> Ensemble:
    ensemble = Ensemble(features, seed)
    observe(ensemble, healthy(rows, features), times(rows))
    return ensemble


def test_a_feature_that_stops_going_with_the_others_is_found_where_it_is_usual_by_itself() -> None:
    good, bad = healthy(500, seed=3), shuffled(healthy(500, seed=4), 2)
    values, attack = np.vstack([good, bad]), np.arange(1000) >= 500
    ranks = np.abs(np.argsort(np.argsort(values[:, 2])) / 1000 - 0.5)
    assert 0.4 < (area(ranks, attack) or 0) < 0.6
    scores = observe(taught(), values, times(1000), 0.0).scores
    assert (area(scores, attack) or 0) > 0.9


def test_it_is_useful_soon_after_its_first_fit() -> None:
    ensemble = taught(START + 20)
    bad, good = shuffled(healthy(200, seed=4), 2), healthy(200, seed=3)
    scores = observe(ensemble, np.vstack([good, bad]), times(400), 0.0).scores
    assert (area(scores, np.arange(400) >= 200) or 0) > 0.85


def test_nothing_is_said_before_the_first_fit() -> None:
    ensemble = Ensemble(8)
    found = observe(ensemble, healthy(START), times(START))
    assert not found.scores.any()
    assert (found.p_values == 1.0).all()
    assert (found.features == -1).all()
    assert reasons(Ensemble(8), healthy(1)[0], list("abcdefgh")) == ((), None)
    assert ensemble.ready
    assert observe(ensemble, healthy(1), times(1)).scores.all()


def test_an_explanation_names_the_feature_and_its_nearest_normal_value() -> None:
    ensemble, row = taught(), healthy(1, seed=5)[0]
    usual, row[4] = row[4], row[4] + 6.0
    found = observe(ensemble, row[None], times(1), 0.0)
    assert found.scores[0] > 0.5
    assert found.features[0] == 4
    actual, expected, low, high = found.evidence[0]
    assert actual == row[4]
    assert low < expected < high < actual
    assert abs(expected - usual) < abs(expected - actual)
    told = reasons(ensemble, row, list("abcdefgh"))
    first, nearest = told.contributions[0], told.nearest
    assert (first.metric, first.actual) == ("e", row[4])
    assert first.expected == pytest.approx(expected, rel=1e-6)
    assert first.score > 3.0
    assert nearest is not None
    assert (nearest.metric, nearest.value) == ("e", first.expected)


def test_p_values_of_usual_rows_are_spread_evenly() -> None:
    found = observe(taught(4000), healthy(8000, seed=6), times(8000)).p_values
    for level in (0.01, 0.05, 0.2, 0.5):
        assert 0.3 * level < (found < level).mean() < 1.3 * level


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_flood_of_27_percent_that_is_learned_from_costs_next_to_nothing(seed: int) -> None:
    rows, random = 8000, np.random.default_rng(seed)
    attack = (random.random(rows) < 0.27) & (np.arange(rows) > 2000)
    values = healthy(rows, seed=seed)
    values[attack] = shuffled(values[attack], 2, seed)
    live = observe(Ensemble(8), values, times(rows)).scores
    # The same, but told what not to learn.
    told = observe(Ensemble(8), values, times(rows), 1.0 - attack).scores
    cost = (area(told[2000:], attack[2000:]) or 0) - (area(live[2000:], attack[2000:]) or 0)
    assert (area(told[2000:], attack[2000:]) or 0) > 0.9
    assert cost <= 0.005


def test_one_kind_of_event_that_floods_is_not_learned_however_near_it_is() -> None:
    ensemble, odd = taught(), shuffled(healthy(2000, seed=7), 1)
    chosen = odd[np.argsort(observe(taught(), odd, times(2000), 0.0).scores)[1200]]
    before = observe(ensemble, chosen[None], times(1), 0.0).scores[0]
    observe(ensemble, np.repeat(chosen[None], 5000, 0), times(5000))
    assert observe(ensemble, chosen[None], times(1), 0.0).scores[0] > 0.8 * before


def test_a_slow_change_is_followed_and_told_from_the_frozen_reference() -> None:
    ensemble = taught(3000)
    assert ensemble.divergence < 0.2
    share = np.linspace(0.0, 1.0, 60_000)[:, None]
    values = healthy(60_000, seed=8)
    values[:, :2] += 3.0 * share
    found = observe(ensemble, values, times(60_000))
    assert (found.p_values[-5000:] < 0.01).mean() < 0.1
    assert ensemble.diverged
    ensemble.freeze()
    observe(ensemble, healthy(5000, seed=9) + np.array([3.0, 3.0, *[0.0] * 6]), times(5000))
    assert not ensemble.diverged


def test_untrusted_rows_are_scored_and_change_nothing_they_are_scored_by() -> None:
    ensemble = taught()
    before = [
        part.tobytes() for part in (ensemble.memory.cells, ensemble.memory.ranges, ensemble.memory.usual)
    ]
    observe(ensemble, healthy(500, seed=3), times(500), 0.0)
    assert before == [
        part.tobytes() for part in (ensemble.memory.cells, ensemble.memory.ranges, ensemble.memory.usual)
    ]


def test_missing_features_are_left_out_of_the_error() -> None:
    good = healthy(600, seed=3)
    holes = good.copy()
    holes[np.random.default_rng(1).random(good.shape) < 0.2] = np.nan
    plain, holed = (observe(taught(), values, times(600), 0.0).scores for values in (good, holes))
    assert np.median(holed) < 2.0 * np.median(plain)
    bad = good.copy()
    bad[:, 5] += 6.0
    bad[:, :3] = np.nan
    assert (
        area(observe(taught(), np.vstack([holes, bad]), times(1200), 0.0).scores, np.arange(1200) >= 600) or 0
    ) > 0.9


def test_a_row_of_nothing_says_nothing() -> None:
    ensemble = taught()
    before = ensemble.memory.cells.copy()
    found = observe(ensemble, np.full((3, 8), np.nan), times(3))
    assert found.scores.tolist() == [0.0] * 3
    assert found.p_values.tolist() == [1.0] * 3
    assert np.array_equal(before, ensemble.memory.cells)


@pytest.mark.parametrize("features", [1, 2, 9, 64, MOST_FEATURES])
def test_any_number_of_features_works(features: int) -> None:
    ensemble = Ensemble(features)
    values = healthy(400, features)
    scores = observe(ensemble, values, times(400)).scores
    assert sorted(one for group in ensemble.groups for one in group) == list(range(features))
    assert np.isfinite(scores).all()
    values[0, 0] += 50.0
    assert observe(ensemble, values[:1], times(1)).scores[0] > 0.5


@given(st.permutations(range(8)))
@settings(max_examples=10)
def test_the_order_of_features_does_not_matter(order: list[int]) -> None:
    rows = Rows(np.zeros(600, np.int64), times(600), shuffled(healthy(600), 3))
    checks.ignores_feature_order(SUBJECT, rows, order, 0.0)


def test_another_seed_is_another_ensemble() -> None:
    one, other = (observe(taught(seed=seed), healthy(50, seed=3), times(50)).scores for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert np.abs(one - other).max() < 0.2


@pytest.mark.parametrize(
    ("rows", "when", "trust", "field"),
    [
        (np.zeros((2, 7)), times(2), 1.0, "rows"),
        (np.zeros((2, 8)), times(1), 1.0, "rows"),
        (np.zeros(8), times(1), 1.0, "rows"),
        (np.zeros((2, 8)), times(2), [0.5], "trust"),
        (np.zeros((2, 8)), times(2), 1.5, "trust"),
        (np.zeros((2, 8)), times(2), math.nan, "trust"),
    ],
)
def test_what_does_not_fit_is_refused(rows: Floats, when: Floats, trust: object, field: str) -> None:
    ensemble = Ensemble(8)
    with pytest.raises(Rejected) as refused:
        observe(ensemble, rows, when, trust)
    assert refused.value.field == field
    assert ensemble.encode() == Ensemble(8).encode()


@pytest.mark.parametrize(("features", "seed"), [(0, 0), (MOST_FEATURES + 1, 0), (8, -1), (8, 1 << 31)])
def test_ensembles_that_cannot_be_are_refused(features: int, seed: int) -> None:
    with pytest.raises(Rejected):
        Ensemble(features, seed)


def test_bytes_that_are_no_ensemble_are_refused() -> None:
    whole = Ensemble(3).encode()
    for data in (b"", b"XXXX" + whole[4:], whole[:4] + b"\0\0\0\x63" + whole[8:], whole[:-1], whole + b"x"):
        with pytest.raises(Fatal):
            decode(data)


def scored(ensemble: Ensemble, rows: Rows) -> Floats:
    return observe(ensemble, rows.values, rows.times_us, (rows.devices > 0).astype(np.float64)).scores


def always(ensemble: Ensemble, rows: Rows) -> Floats:
    return observe(ensemble, rows.values, rows.times_us).scores


SUBJECT = Subject(lambda: Ensemble(8), always, Ensemble.encode, decode)
DOUBTED = Subject(lambda: Ensemble(3, 5), scored, Ensemble.encode, decode)


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 700))
    values = random.normal(draw(st.floats(-1e6, 1e6)), draw(st.sampled_from([0.0, 1.0, 1e6])), (count, 3))
    odd = random.random((count, 3)) < draw(st.sampled_from([0.0, 0.02, 0.5]))
    values[odd] = random.choice(HARD, int(odd.sum()))
    edge = draw(st.sampled_from([10**9, 2**62]))
    return Rows(random.integers(0, 4, count), random.integers(-edge, edge, count), values)


@given(hostile_rows(), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_it_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(DOUBTED, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.stays_within(DOUBTED, rows, len(Ensemble(3).encode()))


@given(hostile_rows())
@settings(max_examples=20)
def test_no_weight_is_ever_no_number(rows: Rows) -> None:
    ensemble = Ensemble(3)
    found = observe(ensemble, rows.values, rows.times_us)
    for part in (
        ensemble.memory.cells,
        ensemble.memory.ranges,
        ensemble.memory.usual,
        ensemble.memory.scalars,
    ):
        assert np.isfinite(part).all()
    assert ((found.p_values > 0.0) & (found.p_values <= 1.0)).all()
    assert not np.isinf(found.evidence).any()
