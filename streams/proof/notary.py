"""What the process decides: the next leaf for a record, and the next checkpoint. No Kafka here; clock and salts come from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from detectors.proof import base64
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.leaf import LoggedRecord, salted_hash
from detectors.proof.note import PrivateKey
from schemas.errors import Fatal, Rejected
from schemas.event import SYSTEM, Envelope, attributes_of, parse_time
from schemas.ids import derive
from schemas.proof import CheckpointSigned, LeafAppended
from streams.proof_log.leaves import Place, done_of, tree_of

SOURCE = "proof"


@dataclass(frozen=True, slots=True)
class Seen:
    """A record and when Kafka got it."""

    record: LoggedRecord
    arrived: datetime


class Notary:
    """The fold of the leaves and checkpoints written so far, and what comes next. Not for use by several threads."""

    def __init__(self, key: PrivateKey, salt: Callable[[], bytes], leaves: Sequence[LeafAppended]) -> None:
        self._key, self._salt = key, salt
        self.tree = tree_of(leaves)
        self.done = done_of(leaves)
        self.signed = 0

    def resume(self, checkpoints: Sequence[CheckpointSigned]) -> None:
        """Go on from these checkpoints; Fatal where the leaves are not those that were signed: such a log must never be signed again."""
        for checkpoint in checkpoints:
            if checkpoint.size > self.tree.size:
                raise Fatal(
                    f"a checkpoint over {checkpoint.size} leaves was signed, and only {self.tree.size} are there"
                )
            if base64.encode(self.tree.root(checkpoint.size)) != checkpoint.root:
                raise Fatal(f"the first {checkpoint.size} leaves are not those that were signed")
            self.signed = max(self.signed, checkpoint.size)

    def append(self, seen: Seen) -> Envelope | None:
        """The event that makes this record the next leaf; None where it is one already. Records of a partition must come in order."""
        record = seen.record
        place: Place = (record.topic, record.partition)
        if record.offset <= self.done.get(place, -1):
            return None
        salt = self._salt()
        leaf = salted_hash(salt, record)
        index = self.tree.append(leaf)
        self.done[place] = record.offset
        attributes = _attributes(record)
        return Envelope(
            id=derive("leaf", record.origin),
            type=LeafAppended.TYPE,
            source=SOURCE,
            subject=f"leaf-{index}",
            tenant=attributes.get("tenant") or SYSTEM,
            time=_time(attributes.get("time", ""), seen.arrived),
            cause=record.origin,
            data=LeafAppended(
                index=index,
                origin=record.origin,
                event=attributes.get("id", ""),
                leaf_hash=base64.encode(leaf),
                salt=base64.encode(salt),
            ),
        )

    def checkpoint(self, now: datetime) -> Envelope | None:
        """The event with the signed state of all leaves; None where none came since the last one."""
        size = self.tree.size
        if size == self.signed:
            return None
        self.signed = size
        checkpoint = Checkpoint(self._key.name, size, self.tree.root())
        root = base64.encode(checkpoint.root)
        return Envelope(
            id=derive("checkpoint", self._key.name, size, root),
            type=CheckpointSigned.TYPE,
            source=SOURCE,
            subject=self._key.name,
            tenant=SYSTEM,
            time=now,
            data=CheckpointSigned(size=size, root=root, note=checkpoint.signed(self._key)),
        )


def _attributes(record: LoggedRecord) -> dict[str, str]:
    """The CloudEvents attributes; none where they can't be read: a record that is no event is a leaf all the same."""
    try:
        return attributes_of((name, value or b"") for name, value in record.headers)
    except Rejected:
        return {}


def _time(text: str, arrived: datetime) -> datetime:
    try:
        return parse_time(text)
    except Rejected:
        return arrived
