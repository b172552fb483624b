"""The order of a stage's inputs: each topic's own is kept, and the order of consequences is the order of their inputs."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.action import AlertAcknowledge
from schemas.event import Envelope
from streams.what_if.history import Written
from streams.what_if.order import Input, consequences, merged

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(name: str, cause: str = "") -> Envelope:
    data = AlertAcknowledge(actor="a", alert="b")
    return Envelope(
        id=name, type=data.TYPE, source="s", subject="d", tenant="t", time=NOW, data=data, cause=cause
    )


def inputs(topic: str, times: list[int]) -> list[Input]:
    return [Input(ms, f"{topic}/0/{n}", event(f"{topic}-{n}")) for n, ms in enumerate(times)]


@given(
    # For each input in the order it was taken: its topic, how long after the one before it was written, and whether it had a consequence.
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans()), max_size=30),
    st.integers(0, 2000),
)
def test_inputs_with_a_consequence_are_in_its_order_and_topics_in_their_own(
    taken: list[tuple[int, int, bool]], lag_ms: int
) -> None:
    streams: list[list[Input]] = [[], [], []]
    outputs: list[Written] = []
    wanted, now_ms = [], 1000
    for topic, gap, has in taken:
        now_ms += gap
        # Topics lie behind one another by any amount, so written times say little.
        one = Input(now_ms - topic * lag_ms, f"{topic}/0/{len(streams[topic])}", event("x"))
        streams[topic].append(one)
        if has:
            outputs.append(Written("alerts", 0, len(outputs), now_ms + 5, event("y", one.origin)))
            wanted.append(one.origin)
    order = merged(streams, consequences(outputs))
    followed = set(wanted)
    assert [one.origin for one in order if one.origin in followed] == wanted
    for topic, stream in enumerate(streams):
        assert [one for one in order if one.origin.startswith(f"{topic}/")] == stream


def test_without_consequences_the_time_of_writing_decides() -> None:
    order = merged([inputs("a", [1, 5, 9]), inputs("b", [2, 6])], {})
    assert [one.origin for one in order] == ["a/0/0", "b/0/0", "a/0/1", "b/0/1", "a/0/2"]
