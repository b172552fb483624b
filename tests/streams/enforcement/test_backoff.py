"""Pauses between tries."""

from __future__ import annotations

import pytest

from streams.enforcement.backoff import FIRST_S, LONGEST_S, Backoff


def test_pauses_double_up_to_the_longest_and_start_over_after_a_success() -> None:
    now = [0.0]
    backoff = Backoff(lambda: now[0])
    assert backoff.due()
    pauses = []
    for _ in range(60):
        backoff.failed()
        pauses.append(backoff.left_s(1e9))
    assert pauses[:3] == pytest.approx([FIRST_S, 2 * FIRST_S, 4 * FIRST_S])
    assert pauses[-1] == LONGEST_S
    assert not backoff.due()
    now[0] += LONGEST_S
    assert backoff.due()
    backoff.failed()
    backoff.succeeded()
    assert (backoff.due(), backoff.left_s(1.0)) == (True, 0.0)
    backoff.failed()
    assert backoff.left_s(1.0) == pytest.approx(FIRST_S)
