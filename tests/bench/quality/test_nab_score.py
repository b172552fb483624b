"""NAB's scoring against published facts about it, values worked out by hand, and a plain second implementation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.quality.nab_score import (
    PROFILES,
    Labelled,
    Profile,
    best_threshold,
    points,
    probation,
    scaled_sigmoid,
    score,
)

STANDARD, LOW_FP, LOW_FN = PROFILES
ROWS = 1000
WINDOWS = ((300, 349), (700, 749))


def labelled(*alarms: int, rows: int = ROWS, windows: tuple[tuple[int, int], ...] = WINDOWS) -> Labelled:
    """A series whose score is 1 at the alarms and 0 elsewhere."""
    scores = np.zeros(rows)
    scores[list(alarms)] = 1.0
    return Labelled(scores, windows)


def sigmoid(position: float) -> float:
    """The paper's sigmoid, without weights and cut."""
    return 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


def plain_points(series: Labelled, profile: Profile, threshold: float) -> float:
    """The points by the paper's equations, row by row."""
    rows = [
        row
        for row in range(probation(len(series.scores)), len(series.scores))
        if series.scores[row] >= threshold
    ]
    total = 0.0
    for first, last in series.windows:
        hits = [row for row in rows if first <= row <= last]
        width = last - first + 1
        total += (
            sigmoid(-(last - hits[0] + 1) / width) / sigmoid(-1.0) * profile.caught
            if hits
            else -profile.missed
        )
    for row in rows:
        if not any(first <= row <= last for first, last in series.windows):
            before = [window for window in series.windows if window[1] < row]
            past = (row - before[-1][1]) / (before[-1][1] - before[-1][0]) if before else 9.0
            total += profile.false_alarm * (sigmoid(past) if past < 3.0 else -1.0)
    return total


def test_the_published_values_of_the_sigmoid() -> None:
    found = scaled_sigmoid(np.array([-1.0, -0.5, 0.0, 1.0, 3.0, 1e9]))
    assert found == pytest.approx([0.98661, 0.84828, 0.0, -0.98661, -1.0, -1.0], abs=1e-5)


def test_the_published_weights() -> None:
    assert [(one.caught, one.false_alarm, one.missed) for one in PROFILES] == [
        (1.0, 0.11, 1.0),
        (1.0, 0.22, 1.0),
        (1.0, 0.11, 2.0),
    ]


@pytest.mark.parametrize(("rows", "ignored"), [(1000, 150), (4032, 604), (5000, 750), (22_695, 750)])
def test_the_probation_is_fifteen_percent_of_at_most_five_thousand_rows(rows: int, ignored: int) -> None:
    assert probation(rows) == ignored


@pytest.mark.parametrize("profile", PROFILES)
def test_silence_scores_nothing_and_perfection_everything(profile: Profile) -> None:
    silent = score([Labelled(np.zeros(ROWS), WINDOWS)], profile)
    assert silent.score == pytest.approx(0.0)
    assert math.isinf(silent.threshold)
    perfect = score([labelled(300, 700)], profile)
    assert perfect.score == pytest.approx(100.0)
    assert (perfect.caught, perfect.false_alarms) == ((2,), (0,))


def test_scores_worked_out_by_hand() -> None:
    # One window caught at its left edge (+1), one missed (-1), one false alarm before any window (-0.11).
    series = labelled(200, 300)
    assert points(series, STANDARD, 1.0)[0] == pytest.approx(1.0 - 1.0 - 0.11)
    assert score([series], STANDARD, 1.0).score == pytest.approx(100 * (1.0 - 1.0 - 0.11 + 2) / 4)
    assert score([series], LOW_FP, 1.0).score == pytest.approx(100 * (1.0 - 1.0 - 0.22 + 2) / 4)
    assert score([series], LOW_FN, 1.0).score == pytest.approx(100 * (1.0 - 2.0 - 0.11 + 4) / 6)


def test_only_the_first_alarm_of_a_window_counts() -> None:
    assert points(labelled(310, 320, 330), STANDARD, 1.0) == (points(labelled(310), STANDARD, 1.0)[0], 1, 0)


def test_an_early_alarm_is_worth_more_and_one_right_behind_a_window_costs_little() -> None:
    inside = [points(labelled(row), STANDARD, 1.0)[0] for row in range(300, 350)]
    behind = [points(labelled(row), STANDARD, 1.0)[0] for row in range(350, 700)]
    assert inside == sorted(inside, reverse=True)
    assert behind == sorted(behind, reverse=True)
    assert behind[0] > -2.0 - 0.11
    assert behind[-1] == pytest.approx(-2.0 - 0.11)


def test_nothing_in_the_probation_counts() -> None:
    early = labelled(10, 100, 149)
    assert points(early, STANDARD, 1.0) == (-2.0, 0, 0)
    assert score([early], STANDARD).score == pytest.approx(0.0)


def test_equal_scores_are_alarmed_together() -> None:
    scores = np.zeros(ROWS)
    scores[[300, 700, *range(400, 500)]] = 0.5
    assert math.isinf(best_threshold([Labelled(scores, WINDOWS)], STANDARD))


def test_there_is_one_threshold_for_the_whole_corpus() -> None:
    loud = Labelled(np.where(np.isin(np.arange(ROWS), [300, 700]), 0.9, 0.6), WINDOWS)
    quiet = Labelled(labelled(300, 700).scores * 0.5, WINDOWS)
    result = score([loud, quiet], STANDARD)
    assert (result.threshold, result.caught) == (0.9, (2, 0))
    assert result.score == pytest.approx(50.0)


def test_a_corpus_without_a_window_has_no_score() -> None:
    with pytest.raises(ValueError, match="no labelled window"):
        score([labelled(5, windows=())], STANDARD)


SERIES = st.builds(
    lambda scores, first, width, gap, width2: Labelled(
        np.round(np.array(scores), 1),
        ((first, first + width), (first + width + gap, first + width + gap + width2)),
    ),
    st.lists(st.floats(0, 1), min_size=120, max_size=160),
    st.integers(0, 30),
    st.integers(1, 20),
    st.integers(1, 30),
    st.integers(1, 20),
)


@given(SERIES, st.sampled_from(PROFILES), st.floats(0, 1))
@settings(max_examples=60)
def test_points_are_the_papers(series: Labelled, profile: Profile, threshold: float) -> None:
    assert points(series, profile, threshold)[0] == pytest.approx(plain_points(series, profile, threshold))


@given(st.lists(SERIES, min_size=1, max_size=3), st.sampled_from(PROFILES))
@settings(max_examples=40)
def test_no_threshold_beats_the_best(corpus: list[Labelled], profile: Profile) -> None:
    best = score(corpus, profile)
    for threshold in [*np.unique(np.concatenate([one.scores for one in corpus])), math.inf]:
        assert score(corpus, profile, threshold).score <= best.score + 1e-9
