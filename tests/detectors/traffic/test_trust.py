"""What is taken for usual, and who outweighs whom."""

from __future__ import annotations

import numpy as np

from detectors.traffic import memory as m
from detectors.traffic.calibration import at_least, p_value, sized
from detectors.traffic.dominance import FAIR, dominated
from detectors.traffic.trust import EXTREME, accept, echoed, plausible


def test_extreme_events_are_never_more_than_their_share_of_what_is_usual() -> None:
    memory, random = m.fresh(2, 0), np.random.default_rng(3)
    for turn in range(9000):
        memory.scalars[m.EVENTS] += 1.0
        flood = turn > 3000 and random.random() < 0.9
        place = sized(500.0 if flood else 20.0 * random.exponential())
        accept(memory, place, p_value(memory.gate, place, memory.scalars[m.GATE_UNIT]), 1.0)
    flooded = at_least(memory.gate, sized(500.0)) / memory.gate[0]
    assert 0.0 < flooded < 2 * EXTREME
    p = p_value(memory.gate, sized(500.0), memory.scalars[m.GATE_UNIT])
    assert plausible(p, 0.0) < 0.05


def test_usual_events_teach_and_extreme_ones_don_t() -> None:
    assert plausible(0.5, 0.0) == 1.0
    assert plausible(EXTREME, 0.0) == 0.0
    assert plausible(0.5, 50.0) > plausible(0.03, 50.0)


def test_a_device_that_sends_most_teaches_its_share_and_is_a_risk() -> None:
    memory, random = m.fresh(2, 0), np.random.default_rng(4)
    names = random.integers(1, 1 << 62, 8).astype(np.uint64)
    fair = alone = (1.0, 0.0)
    for turn in range(4000):
        memory.scalars[m.EVENTS] += 1.0
        one = int(random.integers(8)) if turn < 2000 or turn % 10 == 0 else 0
        found = dominated(memory, names[one], names[one], one)
        if turn == 1999:
            fair = found
        if one == 0:
            alone = found
    assert fair == (1.0, 0.0)
    assert alone[0] < FAIR / 5
    assert alone[1] > 0.5


def test_odd_events_have_precedents_of_their_kind_only() -> None:
    memory, one, other = m.fresh(2, 0), np.uint64(7), np.uint64(8)
    memory.gate[0] = 1000.0
    assert echoed(memory, one, one, 0.001) == 0.0
    assert 0.9 < echoed(memory, one, one, 0.001) < echoed(memory, one, one, 0.5) < 2.0
    assert 1.8 < echoed(memory, one, one, 0.5) < 2.0
    assert echoed(memory, other, other, 0.001) == 0.0
    memory.scalars[m.EVENTS] += 30_000.0
    assert echoed(memory, one, one, 0.5) < 0.01


def test_while_few_are_known_the_largest_counts_half() -> None:
    memory, one = m.fresh(2, 0), np.uint64(7)
    memory.gate[0] = 9.0
    assert echoed(memory, one, one, 0.1) == 0.0
    assert echoed(memory, one, one, 0.2) == 0.5
    assert echoed(memory, one, one, 0.2) == 0.5


def test_a_kind_that_is_there_for_the_first_time_has_the_precedents_of_what_it_was_until_now() -> None:
    memory, new, one = m.fresh(2, 0), np.uint64(7), np.uint64(8)
    memory.gate[0], memory.scalars[m.EVENTS] = 1000.0, 1.0
    for _ in range(9):
        echoed(memory, new, new, 0.001)
    assert echoed(memory, one, new, 0.001) > 8.0
    assert echoed(memory, new, new, 0.001) < 10.0
