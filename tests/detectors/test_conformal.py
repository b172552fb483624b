"""P-values of scores that stay, drift and jump; and what they are, against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import conformal
from detectors.conformal import Weights

ROWS, WARM = 60_000, 2_000


def judged(scores: Weights) -> tuple[Weights, Weights]:
    """The conformal p-value of each score before it is learned, and the steered one."""
    kept, levels = conformal.scores(1)[0], conformal.levels(1)[0]
    raw, steered = np.empty(len(scores)), np.empty(len(scores))
    for place, score in enumerate(scores.tolist()):
        raw[place] = conformal.p_value(kept, score)
        steered[place] = conformal.calibrated(levels, raw[place])
        conformal.adapt(levels, raw[place])
        conformal.add(kept, score)
    return raw[WARM:], steered[WARM:]


def stream(kind: str) -> Weights:
    """Log-normal scores: alike, growing twentyfold or shrinking, twice as large from the middle on, or with an ever heavier tail."""
    chance = np.random.default_rng(5)
    plain, part = chance.normal(0, 1, ROWS), np.arange(ROWS) / ROWS
    scale = {"grows": 3 * part, "shrinks": -3 * part, "jumps": np.log(2) * (part > 0.5)}.get(kind, 0.0)
    return np.asarray(np.exp(plain * (1 + part * (kind == "tail")) + scale))


@pytest.mark.parametrize("kind", ["alike", "grows", "shrinks", "jumps", "tail"])
def test_steered_p_values_undercut_a_level_as_often_as_it_says_whatever_the_drift(kind: str) -> None:
    _, steered = judged(stream(kind))
    for level, slack in ((0.01, 0.2), (0.05, 0.1), (0.2, 0.1)):
        assert float((steered <= level).mean()) <= level * (1 + slack)


def test_conformal_p_values_are_valid_for_exchangeable_scores_and_only_nearly_so_under_drift() -> None:
    alike, _ = judged(stream("alike"))
    grows, _ = judged(stream("grows"))
    for level in (0.01, 0.05, 0.2):
        assert float((alike <= level).mean()) <= level * 1.1
    # What steering is for: the older scores are smaller, so today's look rarer than they are.
    assert float((grows <= 0.05).mean()) > 0.06


def test_what_is_old_is_forgotten_so_that_a_smaller_scale_is_learned() -> None:
    scores = stream("alike")
    scores[ROWS // 3 :] /= 20
    raw, _ = judged(scores)
    late = range(ROWS - 5000, ROWS, 50)
    plain = np.array([(scores[:at] >= scores[at]).mean() for at in late])
    assert float((raw[-5000:] <= 0.2).mean()) > 2 * float((plain <= 0.2).mean())


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=80), st.floats(0, 1e6))
@settings(max_examples=60)
def test_a_p_value_is_the_weighted_share_at_or_above_and_never_smaller(
    scores: list[float], score: float
) -> None:
    kept = conformal.scores(1)[0]
    for one in scores:
        conformal.add(kept, one)
    weights = conformal.GROWTH ** np.arange(len(scores) + 1)
    exact = float(weights[:-1][np.array(scores) >= score].sum() + weights[-1]) / float(weights.sum())
    coarse = float(weights[:-1][np.array(scores) >= score * 0.88].sum() + weights[-1]) / float(weights.sum())
    found = conformal.p_value(kept, score)
    assert exact - 1e-9 <= found <= 1.0
    if score > 2.0**-9:
        assert found <= coarse + 1e-9


def test_nothing_is_known_at_first_and_odd_scores_do_no_harm() -> None:
    kept, levels = conformal.scores(1)[0], conformal.levels(1)[0]
    assert conformal.p_value(kept, 1e9) == 1.0
    for score in (float("nan"), float("inf"), -1.0, 0.0, 1e38):
        conformal.add(kept, score)
        p = conformal.p_value(kept, score)
        assert 0 < p <= 1
        assert 0 < conformal.calibrated(levels, p) <= 1


def test_weights_are_scaled_down_before_they_overflow() -> None:
    kept = conformal.scores(1)[0]
    for _ in range(1000):
        conformal.add(kept, 1.0)
    before = conformal.p_value(kept, 5.0)
    kept[: conformal.NEXT + 1] *= conformal.LARGEST / kept[conformal.NEXT]
    conformal.add(kept, 1.0)
    assert kept[conformal.NEXT] < 2
    assert conformal.p_value(kept, 5.0) == pytest.approx(before, rel=0.01)
