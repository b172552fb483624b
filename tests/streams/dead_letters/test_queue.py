"""Which letters are open, settled or refused again, and which a selection means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter_action import DeadLetterDropped, DeadLetterReinjected, DeadLetterSettled
from schemas.errors import Fatal
from schemas.event import Envelope, encode, to_headers
from streams.dead_letters.letter import Selection, read
from streams.dead_letters.queue import fold, refused_again, settlements
from streams.log.record import Record
from tests.streams.dead_letters.sample import TIME, dead, record

ANY = Selection(states=frozenset())


def action(data: DeadLetterSettled, offset: int = 0) -> Record:
    """An action as it lies on the log."""
    envelope = Envelope(
        id=f"settlement-{offset}",
        type=data.TYPE,
        source="dead-letters",
        subject=data.letter,
        tenant="system",
        time=TIME,
        data=data,
    )
    return Record("dead-letter-actions", 0, offset, encode(envelope), tuple(to_headers(envelope)))


def test_a_letter_is_read_as_it_was_written() -> None:
    letter = dead(b"\xff\x00", tenant="acme", device="cam-1", field="metrics.a")
    assert read(record(letter)) == letter


@given(st.lists(st.tuples(st.sampled_from(["id", "time", "code", "x"]), st.binary(max_size=9)), max_size=6))
def test_headers_of_any_kind_are_read(headers: list[tuple[str, bytes]]) -> None:
    letter = read(Record("dead-letters", 2, 7, None, tuple(headers)))
    assert letter.id == dict(headers).get("id", b"").decode("utf-8", "replace") or "dead-letters/2/7"
    assert (letter.raw, letter.process) == (b"", "")


def test_states_come_from_the_actions_and_from_what_was_refused_again() -> None:
    letters = [dead(number=number) for number in range(4)]
    again = dead(number=9, origin="telemetry.raw/3/70#2")
    actions = settlements(
        [
            action(DeadLetterReinjected(letter=letters[0].id, actor="ann", record="telemetry.raw/3/7"), 0),
            action(DeadLetterReinjected(letter=letters[1].id, actor="ann", record="telemetry.raw/3/70"), 1),
            action(DeadLetterDropped(letter=letters[2].id, actor="ann"), 2),
            action(DeadLetterReinjected(letter=letters[2].id, actor="bob", record="telemetry.raw/0/0"), 3),
        ]
    )
    records = [record(letter, place) for place, letter in enumerate([*letters, again, letters[3]])]
    refused = refused_again(
        records, {"telemetry.raw/3/7": letters[0].id, "telemetry.raw/3/70": letters[1].id}
    )
    found = fold(records, actions, refused, ANY, 100)
    assert [one.state for one in found.letters] == ["reinjected", "refused-again", "dropped", "open", "open"]
    assert found.letters[1].again == again.id
    only_open = fold(records, actions, refused, Selection(), 1)
    assert ([one.id for one in only_open.letters], only_open.matching, only_open.left) == (
        [letters[3].id],
        2,
        1,
    )


def test_an_action_nobody_can_read_stops_it() -> None:
    with pytest.raises(Fatal, match="dead-letter-actions/0/5"):
        settlements([Record("dead-letter-actions", 0, 5, b"{}", ())])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"codes": frozenset({"bad_json"})}, {0, 1}),
        ({"processes": frozenset({"archive"})}, {3}),
        ({"fields": frozenset({"time"})}, {2}),
        ({"tenants": frozenset({"acme", "umbrella"})}, {1}),
        ({"devices": frozenset({"cam-1"}), "codes": frozenset({"bad_time"})}, set()),
        ({"since": TIME + timedelta(minutes=1), "until": TIME + timedelta(minutes=3)}, {1, 2}),
        ({}, {0, 1, 2, 3}),
    ],
)
def test_a_selection_takes_what_it_says(wanted: dict[str, Any], numbers: set[int]) -> None:
    letters = [
        dead(number=0),
        dead(number=1, tenant="acme", device="cam-1"),
        dead(number=2, code="bad_time", field="time"),
        dead(number=3, code="wrong_topic", process="archive", origin="alerts/0/1"),
    ]
    found = fold(map(record, letters), {}, {}, Selection(**wanted), 100)
    assert {letters.index(one.letter) for one in found.letters} == numbers
    assert Selection(**wanted).narrow == bool(wanted)


def test_a_letter_is_found_by_the_beginning_of_its_id() -> None:
    letters = [dead(number=number) for number in range(20)]
    found = fold(map(record, letters), {}, {}, Selection(ids=(letters[7].id[:20],)), 100)
    assert [one.letter for one in found.letters] == [letters[7]]
