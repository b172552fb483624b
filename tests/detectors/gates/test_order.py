from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.gates.order import log_evidence


def test_ten_treated_devices_failing_first_are_enough_and_three_are_not() -> None:
    assert log_evidence(10, 75, 0, 75) > math.log(100) > log_evidence(3, 75, 0, 75)


@settings(max_examples=50)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_it_is_no_evidence_where_treatment_has_at_most_its_share(
    devices1: int, devices0: int, data: st.DataObject
) -> None:
    failed0 = data.draw(st.integers(0, devices0))
    failed1 = min(devices1, failed0 * devices1 // devices0)
    assert log_evidence(failed1, devices1, failed0, devices0) == 0.0


def test_without_harm_its_mean_over_every_order_is_at_most_one() -> None:
    # All orders in which 4 of 3 + 3 devices can fail, each as likely: the mean of a martingale that started at 1, and is cut at one side.
    orders = list(itertools.permutations("tttccc", 4))
    mean = sum(
        math.exp(log_evidence(o.count("t"), 3, o.count("c"), 3)) for o in orders if o.count("t") > 2
    ) / len(orders)
    assert 0 < mean <= 1


def test_without_harm_it_rarely_convinces_however_often_one_looks() -> None:
    chance = random.Random(5)
    runs, fooled = 2000, 0
    for _ in range(runs):
        labels = ["t"] * 40 + ["c"] * 40
        chance.shuffle(labels)
        failed1 = 0
        for k, label in enumerate(labels, 1):
            failed1 += label == "t"
            if log_evidence(failed1, 40, k - failed1, 40) >= math.log(20):
                fooled += 1
                break
    assert fooled <= runs / 20


@pytest.mark.parametrize("counts", [(5, 4, 0, 4), (0, 4, -1, 4)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="failed"):
        log_evidence(*counts)
