"""The bar: within its bounds whatever people say, in any order, and gone when nobody confirms it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.feedback.bar import Cell, Judged, precision, risk_shift, weigh
from detectors.feedback.bounds import COUNTS, LEAST_JUDGED, MOST_JUDGED, MOST_RISK, MOST_TIMES, PRIOR
from schemas.weighed import Weighed
from tests.detectors.feedback.story import START, TX

JUDGED = st.builds(
    Judged,
    device=st.sampled_from(["cam-1", "cam-2", "cam-3"]),
    time=st.integers(0, 60 * 24 * 60).map(lambda minute: START + timedelta(minutes=minute)),
    true=st.sampled_from([False, False, False, True]),
    strength=st.floats(0.1, 1e6),
)
VERDICTS = st.dictionaries(st.text("abc", min_size=1, max_size=4), JUDGED, max_size=40)
NOW = START + timedelta(days=31)


def cell_of(verdicts: dict[str, Judged]) -> Cell | None:
    cell = None
    for name, one in verdicts.items():
        cell = (cell or Cell(weakest=one.strength)).with_verdict(name, one)
    return cell


def found(strength: float) -> Weighed:
    return Weighed(kind=TX, direction="above", strength=strength)


def false(number: int, device: str = "cam-1", strength: float = 8.0, true: bool = False) -> dict[str, Judged]:
    return {
        f"{device}-{true}-{n}": Judged(
            device=device, time=START + timedelta(days=n / 10), true=true, strength=strength
        )
        for n in range(number)
    }


@given(VERDICTS, st.floats(0.1, 1e6), st.sampled_from(["cam-1", "cam-9"]))
def test_the_bar_stays_within_its_bounds(verdicts: dict[str, Judged], strength: float, device: str) -> None:
    cell = cell_of(verdicts)
    weighed = weigh(cell, found(strength), device, NOW)
    counting = [one for one in verdicts.values() if NOW - one.time <= COUNTS]
    assert weighed.judged == len(counting)
    assert 1.0 <= weighed.times <= MOST_TIMES
    assert 0 < weighed.precision < 1
    assert -MOST_RISK <= risk_shift(weighed) <= MOST_RISK
    if cell is not None:
        assert weighed.bar <= MOST_TIMES * min(cell.weakest, strength)
    if weighed.bar:
        assert weighed.bar <= min([one.strength for one in counting if one.true], default=weighed.bar)
        assert len(counting) >= LEAST_JUDGED
        assert weighed.precision < PRIOR


@given(VERDICTS, st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_verdicts_change_nothing(
    verdicts: dict[str, Judged], random: object
) -> None:
    shuffled = [*verdicts.items(), *verdicts.items()]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    cell = None
    for name, one in shuffled:
        cell = (cell or Cell(weakest=one.strength)).with_verdict(name, one)
    assert cell == cell_of(verdicts)
    strength = found(10.0)
    assert weigh(cell, strength, "cam-1", NOW) == weigh(cell_of(verdicts), strength, "cam-1", NOW)


@given(VERDICTS, JUDGED)
def test_a_true_verdict_never_raises_the_bar_and_only_a_false_one_does(
    verdicts: dict[str, Judged], more: Judged
) -> None:
    before = cell_of({**verdicts, "first": msgspec.structs.replace(more, strength=0.05, true=False)})
    assert before is not None
    after = before.with_verdict("more", more)
    was, now = (weigh(one, found(1.0), "cam-1", NOW) for one in (before, after))
    if more.true:
        assert now.bar <= was.bar
    if now.bar > was.bar:
        assert not more.true


def test_unanimous_false_verdicts_double_the_bar_at_most_and_a_true_one_takes_it_away() -> None:
    cell = cell_of(false(60))
    weighed = weigh(cell, found(9.0), "cam-1", START + timedelta(days=10))
    assert (weighed.false, weighed.judged) == (60, 60)
    assert 15.4 < weighed.bar < 16
    assert cell is not None
    cell = cell.with_verdict("true", Judged(device="cam-2", time=START, true=True, strength=8.0))
    assert weigh(cell, found(9.0), "cam-1", START + timedelta(days=10)).bar == 0


def test_the_example_of_the_handbook() -> None:
    cell = cell_of({**false(12), **false(2, strength=50.0, true=True)})
    weighed = weigh(cell, found(9.0), "cam-1", START + timedelta(days=3))
    assert (weighed.false, weighed.judged) == (12, 14)
    assert weighed.times == pytest.approx(1.625)


def test_few_verdicts_and_old_ones_move_nothing() -> None:
    few = weigh(cell_of(false(LEAST_JUDGED - 1)), found(9.0), "cam-1", START + timedelta(days=1))
    old = weigh(cell_of(false(60)), found(9.0), "cam-1", START + timedelta(days=37))
    assert (few.bar, few.precision, risk_shift(few)) == (0, PRIOR, 0)
    assert (old.bar, old.judged) == (0, 0)


def test_the_bar_is_gone_when_it_says() -> None:
    cell = cell_of(false(20))
    weighed = weigh(cell, found(9.0), "cam-1", START + timedelta(days=10))
    assert weighed.until is not None
    instant = timedelta(microseconds=1)
    assert weigh(cell, found(9.0), "cam-1", weighed.until).bar > 0
    assert weigh(cell, found(9.0), "cam-1", weighed.until + instant).bar == 0


def test_other_devices_count_little_against_a_device_of_its_own() -> None:
    peers = false(30, device="cam-2")
    own = false(3, strength=100.0, true=True)
    alone = precision(list(peers.values()), "cam-1")
    both = precision([*peers.values(), *own.values()], "cam-1")
    assert alone == pytest.approx(1 / 6)
    assert both == pytest.approx(4 / 9)


def test_findings_that_nobody_judges_keep_the_bar_from_climbing() -> None:
    """What is above the bar is judged false for a year; the weakest finding known still bounds it."""
    cell = cell_of(false(20))
    assert cell is not None
    for month in range(1, 12):
        for n in range(20):
            time = START + timedelta(days=30 * month + n)
            bar = max(weigh(cell, found(1e6), "cam-1", time).bar, 8.0)
            verdict = Judged(device="cam-1", time=time, true=False, strength=bar + 0.1)
            cell = cell.with_verdict(f"{month}-{n}", verdict)
    assert cell.weakest == 8.0
    assert weigh(cell, found(1e6), "cam-1", time).bar <= MOST_TIMES * 8.0
    assert len(cell.judged) == MOST_JUDGED
