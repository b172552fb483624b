"""Snapshots in the log: one partition's state in chunks on the compacted topic `detection-snapshots`, with the offsets it reflects.

Chunks are keyed `partition/generation/chunk`, and two generations take turns, so that compaction never takes a chunk of the newest complete
snapshot while the next one is being written. A snapshot counts once all its chunks are there and the whole has its hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.writer import LogWriter

TOPIC = "detection-snapshots"
CHUNK_BYTES = 4 * 1024 * 1024
HEADER = "chunk"
FIRST_LOOK = 64


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What a chunk says of itself, in the Kafka header `chunk`; `snapshot` is the hash of the whole, `hashes` those of its inputs."""

    version: int = 1
    snapshot: str
    turn: int
    number: int
    chunks: int
    offsets: dict[str, int]
    hashes: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A complete snapshot: the next offset to read by input topic, the state, and how many snapshots there were before it.

    `hashes` is for each input topic the chain over the records before that offset; a topic is missing where nobody kept it.
    """

    offsets: dict[str, int]
    data: bytes
    turn: int
    hashes: dict[str, str] = field(default_factory=dict)


def write(writer: LogWriter, partition: int, snapshot: Snapshot) -> None:
    """Hand a snapshot to the writer, last chunk last; it is there once the writer's `flush` returns."""
    digest = blake2b(snapshot.data, digest_size=16).hexdigest()
    pieces = [
        snapshot.data[at : at + CHUNK_BYTES] for at in range(0, max(len(snapshot.data), 1), CHUNK_BYTES)
    ]
    for number, piece in enumerate(pieces):
        chunk = Chunk(
            snapshot=digest,
            turn=snapshot.turn,
            number=number,
            chunks=len(pieces),
            offsets=snapshot.offsets,
            hashes=snapshot.hashes,
        )
        writer.append_raw(
            TOPIC,
            piece,
            key=f"{partition}/{snapshot.turn % 2}/{number}".encode(),
            headers=[(HEADER, msgspec.json.encode(chunk))],
            partition=partition,
        )


def newest(bootstrap: str, partition: int) -> Snapshot | None:
    """The newest complete snapshot of a partition, None where there is none; looks at the end of the topic first, then further back."""
    end = end_offsets(bootstrap, TOPIC)[partition]
    look = FIRST_LOOK
    while end:
        start = max(0, end - look)
        read = records(bootstrap, TOPIC, partitions=[partition], start={partition: start})
        found = last_complete(Record.of_confluent(message) for message in read)
        if found is not None or start == 0:
            return found
        look *= 8
    return None


def last_complete(chunks: Iterable[Record]) -> Snapshot | None:
    """Of chunks in the order they were written the last snapshot that is whole; anything else there is skipped."""
    found: Snapshot | None = None
    pieces: list[bytes] = []
    current = ""
    for record in chunks:
        chunk = _described(record)
        if chunk is None or record.value is None:
            continue
        if chunk.number == 0:
            current, pieces = chunk.snapshot, []
        if chunk.snapshot != current or chunk.number != len(pieces):
            continue
        pieces.append(record.value)
        if len(pieces) == chunk.chunks:
            data = b"".join(pieces)
            if blake2b(data, digest_size=16).hexdigest() == chunk.snapshot:
                found = Snapshot(chunk.offsets, data, chunk.turn, chunk.hashes)
    return found


def _described(record: Record) -> Chunk | None:
    raw = dict(record.headers).get(HEADER)
    try:
        return msgspec.json.decode(raw, type=Chunk) if raw else None
    except msgspec.MsgspecError:
        return None
