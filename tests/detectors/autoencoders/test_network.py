"""The autoencoder in lanes against one written plainly: forward, and each step against finite differences of the loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.autoencoders.network import error, follow, forward, learn, means
from detectors.checks import Floats
from tests.detectors.autoencoders.plain import Plain, drawn, in_lanes, out_of_lanes, work_of

# The first run compiles.
pytestmark = pytest.mark.timeout(900)

AT, ROW, UNIT = 3, 1, 0
SHAPES = [(8, 4, 1), (5, 3, 1), (1, 0, 1), (24, 8, 3), (11, 6, 2)]


def events(seed: int, features: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    return np.round(random.uniform(-1.0, 1.0, features), 3), (random.random(features) < 0.8).astype(
        np.float64
    )


@pytest.mark.parametrize(("features", "units", "blocks"), SHAPES)
def test_it_reconstructs_what_the_plain_one_does(features: int, units: int, blocks: int) -> None:
    plain, (x, there) = drawn(1, features, units), events(2, features)
    cells, work = in_lanes(plain, blocks), work_of(x, there, blocks)
    forward(cells, AT, blocks, units, work, ROW, UNIT)
    np.testing.assert_allclose(work.h[UNIT, :units], plain.hidden(x), atol=2e-4)
    np.testing.assert_allclose(work.v[ROW:].ravel()[:features], plain.told(x), atol=1e-3)
    np.testing.assert_allclose(work.e[ROW:].ravel()[:features], (x - plain.told(x)) * there, atol=1e-3)
    found = error(cells, AT, blocks, work, ROW, np.float32(-np.inf))
    powers = ((x - plain.told(x)) ** 4 * there).sum()
    expected = (powers / there.sum()) ** 0.25 if there.any() else -1.0
    assert found == pytest.approx(expected, abs=2e-3)


def slopes(plain: Plain, x: Floats, there: Floats) -> list[Floats]:
    """The gradient of the loss by central differences."""
    found = []
    for part in plain:
        slope = np.zeros_like(part)
        for place in np.ndindex(part.shape):
            was, sides = part[place], []
            for step in (1e-5, -1e-5):
                part[place] = was + step
                sides.append(plain.loss(x, there))
            part[place] = was
            slope[place] = (sides[0] - sides[1]) / 2e-5
        found.append(slope)
    return found


@given(st.sampled_from(SHAPES), st.integers(0, 1000))
@settings(max_examples=40)
def test_a_step_goes_down_the_gradient_of_the_loss(shape: tuple[int, int, int], seed: int) -> None:
    features, units, blocks = shape
    plain, (x, there) = drawn(seed, features, units), events(seed + 1, features)
    if (np.abs(x - plain.told(x)) * there).max() > 0.99:
        return  # an error that large is cut
    cells, work = in_lanes(plain, blocks), work_of(x, there, blocks)
    forward(cells, AT, blocks, units, work, ROW, UNIT)
    learn(cells, AT, blocks, units, work, ROW, UNIT, np.float32(1.0))
    size = 1.0 + (plain.hidden(x) ** 2).sum() + (x**2).sum()
    after = out_of_lanes(cells, features, units, blocks)
    for new, old, slope in zip(after, plain, slopes(plain, x, there), strict=True):
        np.testing.assert_allclose((new - old) * size, -slope, atol=5e-3)


def test_lanes_without_a_feature_stay_empty() -> None:
    plain, (x, there) = drawn(3, 5, 3), events(4, 5)
    cells, work = in_lanes(plain, 1), work_of(x, there, 1)
    for _ in range(100):
        forward(cells, AT, 1, 3, work, ROW, UNIT)
        follow(cells, AT, 1, work, ROW, np.float32(0.1))
        learn(cells, AT, 1, 3, work, ROW, UNIT, np.float32(0.5))
    assert not cells[AT + 5 : AT + 8].any()
    assert not cells[:AT].any()
    assert not cells[AT:, 5:][8:16].any()
    assert not cells[means(AT, 1), 5:].any()


def test_learning_one_event_again_and_again_reproduces_it() -> None:
    plain, x = drawn(5, 8, 4), events(6, 8)[0]
    cells, work = in_lanes(plain, 1), work_of(x, np.ones(8), 1)
    for _ in range(500):
        forward(cells, AT, 1, 4, work, ROW, UNIT)
        learn(cells, AT, 1, 4, work, ROW, UNIT, np.float32(0.5))
    np.testing.assert_allclose(work.v[ROW], x, atol=1e-3)


@given(st.lists(st.floats(-5.0, 5.0, width=32), min_size=8, max_size=8), st.integers(0, 100))
@settings(max_examples=40)
def test_nothing_overflows_whatever_is_learned(values: list[float], seed: int) -> None:
    cells = in_lanes(drawn(seed, 8, 8), 1) * np.float32(32.0)
    work = work_of(np.array(values), np.ones(8), 1)
    for _ in range(50):
        forward(cells, AT, 1, 8, work, ROW, UNIT)
        learn(cells, AT, 1, 8, work, ROW, UNIT, np.float32(1.0))
    assert np.isfinite(cells).all()
    assert np.isfinite(work.v).all()
