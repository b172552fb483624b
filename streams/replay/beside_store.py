"""The projections that are kept elsewhere than in the store: detection's snapshots and the Merkle tree; as they are, and derived anew.

Dropping them would say less than deriving them beside and comparing: a worker without its snapshot would write every finding once more, and
a leaf's salt is random, so it is a fact that the log alone has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from detectors import snapshot
from detectors.proof import base64
from detectors.proof.leaf import LoggedRecord, salted_hash
from detectors.proof.tree import Tree
from schemas.errors import Rejected
from schemas.ids import digest
from schemas.proof import PROVEN, LeafAppended
from schemas.topics import PARTITIONS
from streams.log import snapshots
from streams.log.detecting import INPUTS
from streams.log.reader import records
from streams.log.snapshots import Snapshot
from streams.log.stretch import reading
from streams.proof_log.leaves import hash_of, logged, read_leaves, tree_of
from streams.replay.detection_state import derived
from streams.replay.frontier import log_stretch
from streams.replay.projection import Digest

SNAPSHOTS = "snapshots/detection"
TREE = "proof/tree"


@dataclass(slots=True)
class Compared:
    """Digests by projection, as kept and as derived from the log, and why some can't be told."""

    kept: dict[str, Digest] = field(default_factory=dict)
    derived: dict[str, Digest] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)


def compare_beside_store(bootstrap: str) -> Compared:
    """Derive both from the log's beginning; Retryable where Kafka doesn't answer, Fatal where a leaf is not one."""
    found = Compared()
    _snapshots(bootstrap, found)
    _tree(bootstrap, found)
    return found


def _snapshots(bootstrap: str, found: Compared) -> None:
    kept: list[bytes] = []
    made: list[bytes] = []
    devices = 0
    for partition in range(PARTITIONS):
        newest = snapshots.newest(bootstrap, partition)
        if newest is None:
            continue
        if reason := cannot_derive(bootstrap, partition, newest):
            found.untold[SNAPSHOTS] = reason
            return
        state = derived(reading(bootstrap), partition, newest.offsets).state
        devices += state.block.devices
        kept.append(newest.data)
        made.append(snapshot.encode(state))
    if kept:
        found.kept[SNAPSHOTS] = Digest(devices, digest("snapshots", *kept).hex())
        found.derived[SNAPSHOTS] = Digest(devices, digest("snapshots", *made).hex())


def cannot_derive(bootstrap: str, partition: int, newest: Snapshot) -> str:
    """Why a snapshot's state can't be had from the log; empty where it can."""
    if not snapshot.is_current(newest.data):
        return f"the newest snapshot of partition {partition} is another version's"
    places = {(topic, partition): newest.offsets.get(topic, 0) for topic in INPUTS}
    for (topic, _), (first, _) in log_stretch(bootstrap, places).items():
        if first > 0 and places[topic, partition] > 0:
            return f"retention removed the beginning of {topic}/{partition}, which its state was made of"
    return ""


def _tree(bootstrap: str, found: Compared) -> None:
    leaves = read_leaves(bootstrap)
    if not leaves:
        return
    lie = {record.origin: record for record in _proven(bootstrap)}
    tree = Tree()
    for leaf in leaves:
        tree.append(_hash_again(leaf, lie.get(leaf.origin)))
    found.kept[TREE] = Digest(len(leaves), tree_of(leaves).root().hex())
    found.derived[TREE] = Digest(tree.size, tree.root().hex())


def _hash_again(leaf: LeafAppended, record: LoggedRecord | None) -> bytes:
    """The leaf's hash from the record it names; its own where the salt was erased, and one nothing has where there is no such record."""
    if not leaf.salt:
        return hash_of(leaf)
    try:
        return salted_hash(base64.decode(leaf.salt, "salt"), record) if record else bytes(32)
    except (Rejected, ValueError):
        return bytes(32)


def _proven(bootstrap: str) -> Iterator[LoggedRecord]:
    for topic in PROVEN:
        for message in records(bootstrap, topic):
            yield logged(message)
