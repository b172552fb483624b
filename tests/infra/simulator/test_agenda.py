"""The agenda: in order, once, never early."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.simulator.agenda import Agenda

SECONDS = st.lists(st.floats(0, 100), max_size=30)


@given(SECONDS, SECONDS)
def test_everything_happens_once_in_order_and_never_early(planned: list[float], looks: list[float]) -> None:
    agenda, happened = Agenda(), []
    for at_s in planned:
        agenda.at(at_s, lambda at_s=at_s: happened.append(at_s))  # type: ignore[misc]
    for elapsed_s in sorted(looks):
        agenda.run(elapsed_s)
        assert happened == sorted(at_s for at_s in planned if at_s <= elapsed_s)
    assert len(agenda) == len(planned) - len(happened)


def test_an_action_may_plan_another() -> None:
    agenda, happened = Agenda(), []
    agenda.at(1, lambda: agenda.at(1, lambda: happened.append("then")))
    agenda.run(1)
    assert happened == ["then"]
