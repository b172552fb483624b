"""A part of the manipulation bench (`python -m tests.bench.proof` runs all of it): every attack is detected."""

from __future__ import annotations

from tests.bench.proof import ATTACKS, trials


def test_every_manipulation_is_detected() -> None:
    found = trials(300, seed=1, largest=40)
    assert set(found["made"]) == set(ATTACKS)
    assert found["detected"] == found["made"]
