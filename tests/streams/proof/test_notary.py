"""The notary: each record one leaf whenever it is started anew, and never a second history under its signature."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.proof.checkpoint import Checkpoint
from detectors.proof.leaf import LoggedRecord
from schemas.errors import Fatal
from schemas.proof import LeafAppended
from streams.proof.notary import Seen
from streams.proof_log.leaves import in_order
from tests.streams.proof.log import KEY, NOW, append, checkpoint, notary, record

partitions = st.lists(st.integers(0, 2), max_size=30)


def in_turn(partitions_: list[int]) -> list[LoggedRecord]:
    """Records of these partitions, each partition's in order."""
    return [record(partitions_[:at].count(p), p) for at, p in enumerate(partitions_)]


@given(partitions, st.integers(0, 30), st.integers(0, 30))
def test_started_anew_it_goes_on_where_its_leaves_end(order: list[int], stop: int, back: int) -> None:
    records = in_turn(order)
    before = append(notary(), records[:stop])
    # Kafka hands over what was not yet leaves, in each partition in order, and may begin earlier.
    after = append(notary(before), records[max(0, stop - back) :])
    leaves = in_order([*before, *after])
    assert [leaf.origin for leaf in leaves] == [one.origin for one in records]
    assert notary(leaves).tree.root() == notary([*before, *after]).tree.root()


def test_a_checkpoint_covers_everything_once() -> None:
    one = notary()
    assert one.checkpoint(NOW) is None
    append(one, [record(0), record(1)])
    made = checkpoint(one)
    assert Checkpoint.verified(made.note, KEY.public) == Checkpoint(KEY.name, 2, one.tree.root())
    assert one.checkpoint(NOW) is None


def test_what_is_not_what_was_signed_is_never_signed_again() -> None:
    one = notary()
    leaves = append(one, [record(0), record(1)])
    made = checkpoint(one)
    again = notary(leaves)
    again.resume([made])
    assert again.checkpoint(NOW) is None
    with pytest.raises(Fatal, match="only 1 are there"):
        notary(leaves[:1]).resume([made])
    with pytest.raises(Fatal, match="not those that were signed"):
        notary(append(notary(), [record(0), record(1, value=b"other")])).resume([made])


def test_a_record_that_is_no_event_is_a_leaf_too() -> None:
    for headers in ((), (("ce_id", b"\xff"),), (("ce_time", b"never"),)):
        odd = LoggedRecord("gate-verdicts", 0, 0, None, headers, None)
        made = notary().append(Seen(odd, NOW))
        assert made is not None
        assert (made.tenant, made.time, made.cause) == ("system", NOW, "gate-verdicts/0/0")


def test_leaves_are_read_in_any_order_but_not_with_a_hole_or_changed() -> None:
    leaves = append(notary(), [record(number) for number in range(5)])
    erased = msgspec.structs.replace(leaves[2], salt="")
    assert in_order([*leaves[:2], *leaves[3:], erased]) == [*leaves[:2], erased, *leaves[3:]]
    assert in_order([erased, *leaves])[2] == erased
    assert in_order([*leaves, erased])[2] == erased
    with pytest.raises(Fatal, match="leaf 2 is missing"):
        in_order([*leaves[:2], *leaves[3:]])
    other = LeafAppended(index=2, origin=leaves[2].origin, leaf_hash=leaves[0].leaf_hash)
    with pytest.raises(Fatal, match="leaf 2 is in proof-leaves twice"):
        in_order([*leaves, other])
