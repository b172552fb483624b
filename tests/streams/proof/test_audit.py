"""The audit says where a log differs from what was signed, whatever was done to it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from detectors.proof.leaf import LoggedRecord
from schemas.event import Envelope
from schemas.proof import LeafAppended
from streams.proof.audit import Audit, compare
from streams.proof.erasure import without_salt
from streams.proof.notary import Seen
from tests.streams.proof.log import NOW, append, notary, record

RECORDS = [record(number) for number in range(8)]
LEAVES = append(notary(), RECORDS)


def events_of(records: list[LoggedRecord]) -> list[Envelope]:
    one = notary()
    return [made for each in records if (made := one.append(Seen(each, NOW)))]


def audit(records: list[LoggedRecord], leaves: list[LeafAppended] = LEAVES) -> Audit:
    return compare(leaves, iter(records))


def test_an_untouched_log_is_equal_and_newer_records_are_pending() -> None:
    found = audit([*RECORDS, record(8), record(0, partition=3)])
    assert found.equal
    assert (found.leaves, found.records, found.pending) == (8, 10, 2)


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (
            [replace(RECORDS[0], value=b"[]"), *RECORDS[1:]],
            "leaf 0: credential-decisions/0/0 is not the record",
        ),
        ([replace(RECORDS[0], key=None), *RECORDS[1:]], "leaf 0: credential-decisions/0/0 is not the record"),
        (
            [replace(RECORDS[0], headers=()), *RECORDS[1:]],
            "leaf 0: credential-decisions/0/0 is not the record",
        ),
        ([*RECORDS[:3], *RECORDS[4:]], "leaf 3: credential-decisions/0/3 is no longer on the log"),
        (RECORDS[:7], "leaf 7: credential-decisions/0/7 is no longer on the log"),
        (
            [replace(RECORDS[1], offset=0, value=b"1"), *RECORDS[1:]],
            "leaf 0: credential-decisions/0/0 is not the record",
        ),
    ],
)
def test_a_change_is_found_and_named(records: list[LoggedRecord], says: str) -> None:
    found = audit(records)
    assert not found.equal
    assert found.differences[0].startswith(says)


def test_two_records_that_changed_places_are_found() -> None:
    swapped = [replace(RECORDS[1], offset=0), replace(RECORDS[0], offset=1), *RECORDS[2:]]
    assert audit(swapped).differing == 2


def test_a_record_put_before_a_leaf_is_found() -> None:
    leaves = append(notary(), [RECORDS[0], *RECORDS[2:]])
    assert audit(RECORDS, leaves).differences == [
        "credential-decisions/0/1 has no leaf, and later records have one"
    ]


def test_a_record_that_is_two_leaves_is_found() -> None:
    twice = msgspec.structs.replace(LEAVES[3], index=8)
    assert audit(RECORDS, [*LEAVES, twice]).differences == [
        "leaf 8: credential-decisions/0/3 is leaf 3 already"
    ]


def test_an_erased_record_is_no_difference_once_its_salt_is_erased() -> None:
    events = events_of(RECORDS)
    erased = without_salt(events, {RECORDS[3].origin})
    assert [envelope.key for envelope in erased] == [events[3].key]
    leaves = [envelope.data for envelope in [*events[:3], *erased, *events[4:]]]
    found = audit([*RECORDS[:3], *RECORDS[4:]], [leaf for leaf in leaves if isinstance(leaf, LeafAppended)])
    assert found.equal
    assert found.erased == 1
    assert without_salt([*events, *erased], {RECORDS[3].origin}) == []
