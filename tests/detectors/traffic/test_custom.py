"""What is customary: from the beginning, evenly, and never most of what happens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detectors.traffic import memory as m
from detectors.traffic.custom import BLOCK_EVENTS, MOST_EXCUSED, customary, excused
from detectors.traffic.dominance import dominated

KIND, OTHERS = np.uint64(7), np.arange(100, 140, dtype=np.uint64)


def lived(happens: Callable[[int], bool], blocks: int = 20, teaches: float = 1.0) -> m.Memory:
    """A memory of so many blocks of events, one of the kind where it happens and one of others' else."""
    memory = m.fresh(1, 0)
    for event in range(int(blocks * BLOCK_EVENTS / teaches)):
        kind = KIND if happens(event) else OTHERS[event % len(OTHERS)]
        dominated(memory, kind, kind, int(kind))
        customary(memory, kind)
        memory.scalars[m.EVENTS] += 1.0
        memory.scalars[m.TAUGHT] += teaches
    return memory


def test_what_fails_from_the_first_event_on_is_excused() -> None:
    memory = lived(lambda event: event % 20 == 0)
    assert customary(memory, KIND) > 0.9
    custom = customary(memory, KIND)
    assert excused(custom, 3.0, True) < 0.0
    assert excused(custom, MOST_EXCUSED + 9.0, False) >= 9.0


@pytest.mark.parametrize(
    "happens",
    [
        lambda event: event > 20 * BLOCK_EVENTS * 0.4 and event % 20 == 0,
        lambda event: event % 3 > 0,
        lambda event: event % 1500 == 0,
    ],
    ids=["later", "most", "seldom"],
)
def test_what_comes_later_or_seldom_or_is_most_of_all_is_not(happens: Callable[[int], bool]) -> None:
    memory = lived(happens)
    assert customary(memory, KIND) == 0.0
    assert excused(0.0, 3.0, True) == 3.0


def test_nothing_is_customary_at_first() -> None:
    assert customary(lived(lambda event: event % 20 == 0, blocks=1), KIND) <= 1.0
    assert customary(m.fresh(1, 0), KIND) == 0.0


def test_events_that_teach_nothing_do_not_push_it_out() -> None:
    memory = lived(lambda event: event % 20 == 0)
    for _ in range(3000):
        dominated(memory, OTHERS[0], OTHERS[0], 0)
        memory.scalars[m.EVENTS] += 1.0
    assert customary(memory, KIND) > 0.9
