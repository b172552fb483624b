"""The leaves as the log has them: read back in the order of their indices, each exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from detectors.proof import base64
from detectors.proof.leaf import LoggedRecord
from detectors.proof.tree import Tree
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope
from schemas.proof import CheckpointSigned, LeafAppended
from streams.log.reader import records
from streams.log.record import Record, parse_origin

Place = tuple[str, int]


def logged(message: Any) -> LoggedRecord:
    """A confluent-kafka message in full."""
    headers = tuple(message.headers() or ())
    return LoggedRecord(
        message.topic(), message.partition(), message.offset(), message.key(), headers, message.value()
    )


def read_leaves(bootstrap: str) -> list[LeafAppended]:
    """Every leaf of the log, the one with index n at place n; Fatal where one is missing, doubled or changed.

    Retryable where Kafka doesn't answer.
    """
    return in_order(envelope.data for envelope in read_since(bootstrap, LeafAppended, 0)[0])


def read_checkpoints(bootstrap: str) -> list[CheckpointSigned]:
    """Every checkpoint, oldest first; their signatures are not checked here. Retryable where Kafka doesn't answer."""
    found, _ = read_since(bootstrap, CheckpointSigned, 0)
    return [data for e in found if isinstance(data := e.data, CheckpointSigned)]


def in_order(leaves: Iterable[object], known: Sequence[LeafAppended] = ()) -> list[LeafAppended]:
    """The leaves by index, after those `known` already; Fatal where one is missing or no leaf.

    One that comes again must be the same, but for its salt: erased once, it stays erased.
    """
    found = dict(enumerate(known))
    for leaf in leaves:
        if not isinstance(leaf, LeafAppended):
            raise Fatal("proof-leaves holds something that is no leaf")
        first = found.get(leaf.index, leaf)
        if msgspec.structs.replace(first, salt="") != msgspec.structs.replace(leaf, salt=""):
            raise Fatal(f"leaf {leaf.index} is in proof-leaves twice and not the same")
        found[leaf.index] = leaf if leaf.salt == "" else first
    missing = next((index for index in range(len(found)) if index not in found), None)
    if missing is not None:
        raise Fatal(f"leaf {missing} is missing in proof-leaves")
    return [found[index] for index in range(len(found))]


def tree_of(leaves: Iterable[LeafAppended]) -> Tree:
    """The tree over these leaves; Fatal where a hash is none."""
    tree = Tree()
    for leaf in leaves:
        tree.append(hash_of(leaf))
    return tree


def hash_of(leaf: LeafAppended) -> bytes:
    """The hash a leaf event gives; Fatal where it is none."""
    try:
        hash_ = base64.decode(leaf.leaf_hash, "leaf_hash")
    except Rejected as error:
        raise Fatal(f"leaf {leaf.index}: {error}") from None
    if len(hash_) != 32:
        raise Fatal(f"leaf {leaf.index}: leaf_hash: does not have 32 bytes")
    return hash_


def done_of(leaves: Iterable[LeafAppended]) -> dict[Place, int]:
    """For each topic and partition the highest offset that is a leaf; Fatal where a leaf names no record."""
    done: dict[Place, int] = {}
    for leaf in leaves:
        place = parse_origin(leaf.origin)
        if place is None:
            raise Fatal(f"leaf {leaf.index}: origin: must look like topic/partition/offset")
        topic, partition, offset = place
        done[topic, partition] = max(offset, done.get((topic, partition), -1))
    return done


def read_since(
    bootstrap: str, kind: type[LeafAppended | CheckpointSigned], start: int
) -> tuple[list[Envelope], int]:
    """What a proof topic has from an offset on, and the offset to go on from; Fatal where a record can't be read."""
    found: list[Envelope] = []
    # Both topics have one partition, because their order is what is proven.
    for message in records(bootstrap, kind.TOPIC, start={0: start}):
        record = Record.of_confluent(message)
        start = record.offset + 1
        try:
            found.append(record.envelope())
        except Rejected as error:
            raise Fatal(f"{record.origin} cannot be read: {error}") from None
    return found, start
