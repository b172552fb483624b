"""Deriving again: what the deciders wrote is equal, every change of it is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Envelope, encode, to_headers
from streams.log.provenance import START as BEGINNING
from streams.log.provenance import link
from streams.log.record import Record
from streams.replay.deciders import Deciding
from streams.replay.derivation import derive_again
from streams.replay.finding import Finding
from tests.streams.replay.story import RESPONSE, START, TRIAGE, Log, story

LOG = story()
OUTPUTS = [
    (deciding, record)
    for deciding in (TRIAGE, RESPONSE)
    for records in LOG[deciding.output].values()
    for record in records
]


def causes(log: Log) -> dict[str, Record]:
    return {record.origin: record for part in log.values() for records in part.values() for record in records}


def judge(deciding: Deciding, partition: list[Record], wanted: set[int] | None = None) -> list[Finding]:
    offsets = {record.offset for record in partition} if wanted is None else wanted
    return list(derive_again(deciding, partition, offsets, causes(LOG)))


def with_event(record: Record, envelope: Envelope) -> Record:
    return dataclasses.replace(record, value=encode(envelope), headers=tuple(to_headers(envelope)))


def replaced(deciding: Deciding, record: Record) -> list[Record]:
    return [record if one.offset == record.offset else one for one in LOG[deciding.output][record.partition]]


def test_everything_the_deciders_wrote_is_equal() -> None:
    found = [
        finding
        for deciding in (TRIAGE, RESPONSE)
        for records in LOG[deciding.output].values()
        for finding in judge(deciding, records)
    ]
    assert [one for one in found if not one.equal] == []
    assert len(found) == len(OUTPUTS) > 30
    assert {one.type for one in found} == {
        "alert.opened.v1",
        "alert.updated.v1",
        "alert.acknowledged.v1",
        "alert.closed.v1",
        "credential.decided.v1",
    }


@given(st.sampled_from(OUTPUTS), st.data())
def test_a_change_of_any_field_of_any_output_is_found(
    output: tuple[Deciding, Record], data: st.DataObject
) -> None:
    deciding, record = output
    assert record.value is not None
    fields = msgspec.json.decode(record.value)
    # A number or a piece of text; what stays decodable, as a careful forger would choose.
    names = sorted(
        name
        for name, value in fields.items()
        if name in ("title", "explanation", "risk", "reason", "actor", "alert")
    )
    name = data.draw(st.sampled_from(names))
    fields[name] = fields[name] + 1 if isinstance(fields[name], int) else f"{fields[name]}!"
    forged = dataclasses.replace(record, value=msgspec.json.encode(fields))
    (found,) = judge(deciding, replaced(deciding, forged), {record.offset})
    assert [one for one in found.differences if one.startswith(f"data.{name}: ")]


ATTRIBUTES: dict[str, Callable[[Envelope], Envelope]] = {
    "id": lambda one: msgspec.structs.replace(one, id="alert-event-forged"),
    "source": lambda one: msgspec.structs.replace(one, source="mallory"),
    "time": lambda one: msgspec.structs.replace(one, time=START),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_change_of_an_attribute_is_found(name: str) -> None:
    record = LOG["alerts"][max(LOG["alerts"])][-1]
    forged = with_event(record, ATTRIBUTES[name](record.envelope()))
    (found,) = judge(TRIAGE, replaced(TRIAGE, forged), {record.offset})
    assert [one.partition(":")[0] for one in found.differences] == [name]


def test_a_field_the_type_does_not_have_is_found() -> None:
    record = LOG["alerts"][max(LOG["alerts"])][0]
    assert record.value is not None
    forged = dataclasses.replace(record, value=record.value[:-1] + b',"smuggled":1}')
    (found,) = judge(TRIAGE, replaced(TRIAGE, forged), {record.offset})
    assert found.differences == ("data.smuggled: derived null, on the log 1",)


@pytest.mark.parametrize(
    "cause", ["", "detections/0/9999", "security-events/0/0", "alerts/0/0", "nonsense", "detections/-1/0"]
)
def test_an_output_without_an_input_that_gives_it_is_found(cause: str) -> None:
    record = LOG["alerts"][max(LOG["alerts"])][-1]
    forged = with_event(record, msgspec.structs.replace(record.envelope(), cause=cause))
    (found,) = judge(TRIAGE, replaced(TRIAGE, forged), {record.offset})
    assert found.differences == (f"its cause {cause!r} is no input of triage that is on the log",)


def test_an_output_from_an_input_of_another_partition_is_found() -> None:
    first, last = min(LOG["alerts"]), max(LOG["alerts"])
    record = LOG["alerts"][last][-1]
    elsewhere = f"detections/{first}/0"
    forged = with_event(record, msgspec.structs.replace(record.envelope(), cause=elsewhere))
    (found,) = judge(TRIAGE, replaced(TRIAGE, forged), {record.offset})
    assert elsewhere in found.differences[0]
    assert first != last


def test_a_decision_from_an_input_nothing_follows_from_is_found() -> None:
    partition = max(LOG["credential-decisions"])
    record = LOG["credential-decisions"][partition][0]
    acknowledged = next(
        one for one in LOG["alerts"][partition] if one.envelope().type == "alert.acknowledged.v1"
    )
    forged = with_event(record, msgspec.structs.replace(record.envelope(), cause=acknowledged.origin))
    (found,) = judge(RESPONSE, replaced(RESPONSE, forged), {record.offset})
    assert found.differences == (f"nothing follows from {acknowledged.origin}",)


def test_an_output_in_a_partition_where_it_does_not_belong_is_found() -> None:
    partition = max(LOG["alerts"])
    stray = LOG["alerts"][min(LOG["alerts"])][0]
    moved = dataclasses.replace(stray, partition=partition, offset=len(LOG["alerts"][partition]))
    (found,) = judge(TRIAGE, [*LOG["alerts"][partition], moved], {moved.offset})
    assert f"it is in partition {partition}" in found.differences[0]


def test_a_repeat_is_equal_and_an_id_used_again_for_something_else_is_not() -> None:
    partition = max(LOG["alerts"])
    first = LOG["alerts"][partition][0]
    again = dataclasses.replace(first, offset=len(LOG["alerts"][partition]))
    (found,) = judge(TRIAGE, [*LOG["alerts"][partition], again], {again.offset})
    assert found.equal
    assert first.value is not None
    other = dataclasses.replace(again, value=first.value.replace(b'"since"', b'"smuggled":1,"since"'))
    (found,) = judge(TRIAGE, [*LOG["alerts"][partition], other], {other.offset})
    assert found.differences == ("data.smuggled: the first record with this id null, on the log 1",)


def test_an_output_that_cannot_be_read_is_found() -> None:
    record = LOG["alerts"][max(LOG["alerts"])][0]
    (found,) = judge(TRIAGE, [dataclasses.replace(record, value=b"{")], {record.offset})
    assert "cannot be read" in found.differences[0]


def test_an_input_the_decider_rejects_is_said() -> None:
    from schemas.action import AlertJudge
    from tests.streams.replay.story import append, event

    log = story()
    partition = max(log["alerts"])
    record = log["alerts"][partition][-1]
    envelope = record.envelope()
    judged = AlertJudge(actor="ana", alert="alert-unheard-of", verdict="true_positive")
    act = append(log, event("nonsense", envelope.subject, 40, judged))
    forged = with_event(record, msgspec.structs.replace(envelope, cause=act.origin))
    (found,) = derive_again(TRIAGE, [forged], {record.offset}, causes(log))
    assert found.differences == (f"triage rejects {act.origin}: alert: is not an alert of this device",)


def made_under(limit: str, say: bool) -> dict[int, list[Record]]:
    """The decisions on the story's alerts as response makes them under another limit, with what they say of it, if they do."""
    strict = RESPONSE.make({"max_decisions": limit})
    made: dict[int, list[Record]] = {}
    for number, alerts in LOG["alerts"].items():
        state, chain = strict.initial(), BEGINNING
        for alert in alerts:
            decided = strict.decide(state, alert.envelope())
            if decided is None:
                continue
            said = {"decider": f"response@3?max_decisions={limit}", "statehash": chain} if say else {}
            output = msgspec.structs.replace(decided, cause=alert.origin, **said)
            held = made.setdefault(number, [])
            held.append(Record(RESPONSE.output, number, len(held), encode(output), tuple(to_headers(output))))
            state, chain = strict.evolve(state, output), link(chain, output.id, encode(output))
    return made


def test_a_decision_made_under_another_limit_is_derived_with_its_own() -> None:
    told = [one for records in made_under("1", say=True).values() for one in judge(RESPONSE, records)]
    assert told
    assert [one for one in told if not one.equal] == []
    silent = [one for records in made_under("1", say=False).values() for one in judge(RESPONSE, records)]
    assert {d.partition(":")[0] for one in silent for d in one.differences} == {"data.state", "data.reason"}


@pytest.mark.parametrize(
    ("decider", "outcome", "says"),
    [
        ("response@4?max_decisions=20", "cannot tell", "decided by response@4, and this is response@3"),
        ("triage@1", "differs", "is no response"),
        ("nonsense", "differs", "is no response"),
        ("response@3?max_decisions=many", "differs", "does not have the settings"),
        ("response@3", "differs", "does not have the settings"),
    ],
)
def test_what_a_decision_says_of_its_decider_is_checked(decider: str, outcome: str, says: str) -> None:
    record = LOG["credential-decisions"][max(LOG["credential-decisions"])][0]
    changed = with_event(record, msgspec.structs.replace(record.envelope(), decider=decider))
    (found,) = judge(RESPONSE, replaced(RESPONSE, changed), {record.offset})
    assert found.outcome == outcome
    assert says in (found.untold or found.differences[0])


def test_a_decision_that_was_taken_away_is_found_by_the_hash_of_the_next_one() -> None:
    outputs = next(records for records in made_under("1", say=True).values() if len(records) > 1)
    (found,) = derive_again(RESPONSE, outputs[1:], {outputs[1].offset}, causes(LOG))
    assert "statehash" in [one.partition(":")[0] for one in found.differences]
