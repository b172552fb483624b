"""Going through all of it: are the records still those the leaves were made of, and the leaves those that were signed?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from detectors.proof import base64
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.leaf import LoggedRecord, salted_hash
from detectors.proof.note import PublicKey
from detectors.proof.tree import Tree
from schemas.errors import Fatal, Rejected
from schemas.proof import PROVEN, CheckpointSigned, LeafAppended
from streams.log.reader import records
from streams.proof_log.leaves import done_of, hash_of, logged, read_checkpoints, read_leaves, tree_of

MOST = 100


@dataclass(slots=True)
class Audit:
    """What was compared and where it differs (the first hundred; `differing` counts all). `pending` records came after the last leaf."""

    leaves: int = 0
    records: int = 0
    pending: int = 0
    erased: int = 0
    checkpoints: int = 0
    differing: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the tree derived from the records is the one that was signed, each time."""
        return not self.differing

    def differs(self, what: str) -> None:
        """Count one difference."""
        self.differing += 1
        if len(self.differences) < MOST:
            self.differences.append(what)


def audit(bootstrap: str, key: PublicKey, kept: Sequence[str] = ()) -> Audit:
    """Derive the whole tree anew from the records on the log and compare it with the leaves and with every checkpoint.

    `kept` are checkpoints kept elsewhere: who may write everything on this broker and has the signing key can make a new history, but not
    one that agrees with these. Raises Retryable where Kafka doesn't answer.
    """
    # In this order: every checkpoint read covers only leaves that are read, and these only records that are.
    try:
        checkpoints = read_checkpoints(bootstrap)
        leaves = read_leaves(bootstrap)
        found = compare(leaves, _all_records(bootstrap))
    except Fatal as error:
        damaged = Audit()
        damaged.differs(str(error))
        return damaged
    found.checkpoints = len(checkpoints) + len(kept)
    tree = tree_of(leaves)
    for checkpoint in checkpoints:
        _check(found, tree, checkpoint.note, key, checkpoint)
    for note in kept:
        _check(found, tree, note, key)
    return found


def compare(leaves: Sequence[LeafAppended], logged_records: Iterator[LoggedRecord]) -> Audit:
    """Every record against its leaf, and every leaf that has a salt against there being a record; Fatal where a leaf is malformed."""
    found = Audit(leaves=len(leaves), erased=sum(not leaf.salt for leaf in leaves))
    done = done_of(leaves)
    expected: dict[str, LeafAppended] = {}
    for leaf in leaves:
        if leaf.origin in expected:
            found.differs(f"leaf {leaf.index}: {leaf.origin} is leaf {expected[leaf.origin].index} already")
        expected[leaf.origin] = leaf
    for record in logged_records:
        found.records += 1
        leaf_of = expected.pop(record.origin, None)
        if leaf_of is not None:
            _compare(found, leaf_of, record)
        elif record.offset > done.get((record.topic, record.partition), -1):
            found.pending += 1
        else:
            found.differs(f"{record.origin} has no leaf, and later records have one")
    for leaf in expected.values():
        if leaf.salt:
            found.differs(f"leaf {leaf.index}: {leaf.origin} is no longer on the log")
    return found


def _compare(found: Audit, leaf: LeafAppended, record: LoggedRecord) -> None:
    if not leaf.salt:
        return
    try:
        same = salted_hash(base64.decode(leaf.salt, "salt"), record) == hash_of(leaf)
    except (Rejected, ValueError) as error:
        found.differs(f"leaf {leaf.index}: {error}")
        return
    if not same:
        found.differs(f"leaf {leaf.index}: {leaf.origin} is not the record it was made of")


def _check(found: Audit, tree: Tree, note: str, key: PublicKey, told: CheckpointSigned | None = None) -> None:
    """One checkpoint: signed by this key, saying what its event says, and the root of the leaves as they are."""
    what = f"the checkpoint over {told.size} leaves" if told else "a checkpoint kept elsewhere"
    try:
        checkpoint = Checkpoint.verified(note, key)
    except Rejected as error:
        found.differs(f"{what}: {error}")
        return
    if told and (told.size, told.root) != (checkpoint.size, base64.encode(checkpoint.root)):
        found.differs(f"{what} was signed over {checkpoint.size} leaves or another root")
    if checkpoint.size > tree.size:
        found.differs(f"{what} covers {checkpoint.size} leaves, and only {tree.size} are there")
    elif tree.root(checkpoint.size) != checkpoint.root:
        found.differs(f"{what} has another root than the first {checkpoint.size} leaves")


def _all_records(bootstrap: str) -> Iterator[LoggedRecord]:
    for topic in PROVEN:
        for message in records(bootstrap, topic):
            yield logged(message)
