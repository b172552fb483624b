"""Making proofs from the log: what the command line prints, and what an API may hand out."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

from confluent_kafka import Message

from detectors.proof import base64
from detectors.proof.document import ConsistencyDocument, InclusionDocument, RecordDocument
from detectors.proof.tree import Tree
from schemas.errors import Rejected
from schemas.proof import CheckpointSigned, LeafAppended
from streams.log.reader import records
from streams.log.record import parse_origin
from streams.proof_log.leaves import hash_of, in_order, logged, read_since


class Prover:
    """The proof log as it stands when first asked; `later` is one that sees what came since, and reads no more than that.

    Raises Rejected where something asked for is not there, Fatal where the log is damaged, Retryable where Kafka doesn't answer. The
    first reads all leaves once (about 10 s a million).
    """

    def __init__(self, bootstrap: str, before: Prover | None = None) -> None:
        self._bootstrap = bootstrap
        self._before = before

    def later(self) -> Prover:
        """A prover that goes on from here; this one stays as it is and must not be used by another thread meanwhile."""
        return Prover(self._bootstrap, self)

    @cached_property
    def checkpoints(self) -> list[CheckpointSigned]:
        """Every signed state, oldest first; read before the leaves, so none covers more leaves than are read."""
        return self._signed[0]

    @cached_property
    def leaves(self) -> list[LeafAppended]:
        """Every leaf, by index."""
        return self._appended[0]

    @cached_property
    def tree(self) -> Tree:
        """The tree over the leaves, grown from the one before."""
        tree = self._before.tree if self._before else Tree()
        for leaf in self.leaves[tree.size :]:
            tree.append(hash_of(leaf))
        # Only what was read of it is needed from here on.
        self._before = None
        return tree

    @cached_property
    def _signed(self) -> tuple[list[CheckpointSigned], int]:
        known, start = self._before._signed if self._before else ([], 0)
        found, end = read_since(self._bootstrap, CheckpointSigned, start)
        return [*known, *(d for e in found if isinstance(d := e.data, CheckpointSigned))], end

    @cached_property
    def _appended(self) -> tuple[list[LeafAppended], int]:
        assert self._signed
        known, start = self._before._appended if self._before else ([], 0)
        found, end = read_since(self._bootstrap, LeafAppended, start)
        return in_order((envelope.data for envelope in found), known), end

    def checkpoint(self, size: int | None = None) -> CheckpointSigned:
        """The newest checkpoint, or the one over exactly `size` leaves."""
        found = [one for one in self.checkpoints if size is None or one.size == size]
        if not found:
            raise Rejected("no_checkpoint", "size", self._no_checkpoint(size))
        return found[-1]

    def inclusion(self, what: str) -> InclusionDocument:
        """The proof that a record, named by `topic/partition/offset` or its event id, is in the log of the newest checkpoint."""
        leaf = self.leaf(what)
        checkpoint = self.checkpoint()
        if leaf.index >= checkpoint.size:
            raise Rejected(
                "not_yet_signed",
                "record",
                f"is leaf {leaf.index}; the newest checkpoint covers {checkpoint.size}: try again soon",
            )
        message = self._record(leaf.origin) if leaf.salt else None
        return InclusionDocument(
            index=leaf.index,
            leaf_hash=leaf.leaf_hash,
            salt=leaf.salt if message is not None else None,
            record=RecordDocument.of(logged(message)) if message is not None else None,
            path=[base64.encode(hash_) for hash_ in self.tree.inclusion(leaf.index, checkpoint.size)],
            checkpoint=checkpoint.note,
        )

    def consistency(self, old: CheckpointSigned, new: CheckpointSigned) -> ConsistencyDocument:
        """The proof that the log of `new` continues that of `old`; it verifies only where it does. Sizes must be within the log."""
        if not 0 < old.size <= new.size <= self.tree.size:
            raise Rejected(
                "bad_size",
                "old",
                f"{old.size} and {new.size} leaves: must be 1 to {self.tree.size}, the old one not larger",
            )
        path = [base64.encode(hash_) for hash_ in self.tree.consistency(old.size, new.size)]
        return ConsistencyDocument(old=old.note, new=new.note, path=path)

    def leaf(self, what: str) -> LeafAppended:
        """The leaf of a record named by its place or its event's id; the newest where an event was written twice."""
        by_place = parse_origin(what) is not None
        for leaf in reversed(self.leaves):
            if what == (leaf.origin if by_place else leaf.event):
                return leaf
        kind = "place" if by_place else "event id"
        raise Rejected("not_found", "record", f"no leaf with this {kind} among {len(self.leaves)}")

    def _record(self, origin: str) -> Message | None:
        place = parse_origin(origin)
        if place is None:
            return None
        topic, partition, offset = place
        read = records(self._bootstrap, topic, partitions=[partition], start={partition: offset})
        found = next(read, None)
        return found if found is not None and found.offset() == offset else None

    def _no_checkpoint(self, size: int | None) -> str:
        sizes = sorted({one.size for one in self.checkpoints})
        if size is None or not sizes:
            return "nothing was signed yet: is the proof process running?"
        at = bisect_left(sizes, size)
        near = " and ".join(str(one) for one in sizes[max(0, at - 1) : at + 1])
        return f"no checkpoint over {size} leaves; the nearest are over {near}"
