"""Unlearning: the state is to the byte what it would be had the reports not come; what was counted and what events taught stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import snapshot
from detectors.state import State, observe_telemetry
from detectors.unlearning import Past, learned_again, without
from schemas.roll_back import RollBack
from tests.detectors.fleet import fleet_batch, moment

TENANT = "acme"
DEVICES = [f"device-{number}" for number in range(4)]


def roll_back(device: str, since: datetime, until: datetime, tenant: str = TENANT) -> RollBack:
    return RollBack(
        id="r", tenant=tenant, device=device, since=since, until=until, actor="ann", reason="poisoned"
    )


def story(odd: dict[int, frozenset[str]], steps: int) -> list[Past]:
    return [
        Past(step, fleet_batch(TENANT, DEVICES, step, odd.get(step, frozenset()))) for step in range(steps)
    ]


def folded(past: list[Past]) -> State:
    state = State()
    for _, batch in past:
        if batch.num_rows:
            observe_telemetry(state, batch, "")
    return state


@settings(max_examples=25)
@given(
    begin=st.integers(0, 60),
    length=st.integers(1, 60),
    device=st.sampled_from([*DEVICES, "", "nobody"]),
    tenant=st.sampled_from([TENANT, "other"]),
    place=st.integers(0, 80),
)
def test_it_is_what_it_would_be_had_they_not_come(
    begin: int, length: int, device: str, tenant: str, place: int
) -> None:
    past = story({step: frozenset(DEVICES[:1]) for step in range(20, 50)}, 60)
    asked = roll_back(device, moment(begin), moment(begin + length), tenant)
    state = folded(past)
    before = snapshot.encode(state)
    earlier = roll_back(DEVICES[1], moment(10), moment(70))
    again = learned_again(state, past, [(place, earlier), (60, asked)])
    first = [Past(n, without(batch, [earlier]) if n < place else batch) for n, batch in past]
    never = folded([Past(n, without(batch, [asked])) for n, batch in first])
    assert snapshot.encode(state) == before
    assert again.reports == never.block.scored
    assert again.unlearned == folded(first).block.scored - never.block.scored
    assert again.state.block.scored == state.block.scored
    never.block.scored = state.block.scored
    assert snapshot.encode(again.state) == snapshot.encode(never)


def test_what_was_learned_from_an_attacker_is_found_again() -> None:
    odd = frozenset(DEVICES[:1])
    past = story(dict.fromkeys(range(150, 250), odd), 400)
    poisoned = folded(past)
    clean = learned_again(poisoned, past, [(400, roll_back(DEVICES[0], moment(150), moment(250)))]).state

    def found(state: State) -> int:
        return sum(
            len(observe_telemetry(state, fleet_batch(TENANT, DEVICES, 400 + step, odd), ""))
            for step in range(5)
        )

    assert found(poisoned) == 0
    assert found(clean) == 1


@pytest.mark.parametrize(
    ("since_s", "until_s", "left"), [(0, 0, 4), (-1, 0, 4), (0, 1, 0), (-5, 5, 0), (1, 9, 4)]
)
def test_a_stretch_has_its_first_moment_and_not_its_last(since_s: int, until_s: int, left: int) -> None:
    batch = fleet_batch(TENANT, DEVICES, 3)
    asked = roll_back("", moment(3) + timedelta(seconds=since_s), moment(3) + timedelta(seconds=until_s))
    assert without(batch, [asked]).num_rows == left


def test_nothing_named_is_the_very_batch() -> None:
    batch = fleet_batch(TENANT, DEVICES, 3)
    assert without(batch, [roll_back("", moment(10), moment(20))]) is batch
