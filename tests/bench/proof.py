"""How many manipulations of a proven log are detected: `python -m tests.bench.proof`, one JSON line.

Each trial takes a log of random size with its signed checkpoints, and does one thing to it that somebody could do who may write
everything (and, for a rewritten history, has the signing key too). Detected means that a verifier with only the public key and a
checkpoint says no. Before each attack the same check must say yes to the untouched log: who refuses everything detects nothing.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from detectors.proof import base64
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.document import (
    ConsistencyDocument,
    InclusionDocument,
    RecordDocument,
    parse,
    verify_consistency,
    verify_inclusion,
)
from detectors.proof.leaf import SALT_BYTES, LoggedRecord, salted_hash
from detectors.proof.note import PrivateKey
from detectors.proof.tree import Tree
from schemas.errors import Rejected
from tests.bench.command import program

KEY = PrivateKey("vedette.bench/log", bytes(range(32)))
TRIALS, LARGEST = 12_000, 200


@dataclass(frozen=True, slots=True)
class Log:
    """Records with their salts, in leaf order."""

    salts: list[bytes]
    records: list[LoggedRecord]

    def tree(self) -> Tree:
        """The tree over them."""
        tree = Tree()
        for salt, record in zip(self.salts, self.records, strict=True):
            tree.append(salted_hash(salt, record))
        return tree


def log_of(chance: random.Random, size: int) -> Log:
    """A log of random decisions."""
    records = []
    for number in range(size):
        headers = (("ce_id", chance.randbytes(8).hex().encode()), ("ce_tenant", b"acme"))
        value = json.dumps({"action": chance.choice(["hold", "revoke"]), "reason": chance.randbytes(9).hex()})
        records.append(
            LoggedRecord(
                "credential-decisions", number % 4, number // 4, b"acme/cam", headers, value.encode()
            )
        )
    return Log([chance.randbytes(SALT_BYTES) for _ in records], records)


def signed(tree: Tree, size: int) -> str:
    """The checkpoint over the first `size` leaves."""
    return Checkpoint(KEY.name, size, tree.root(size)).signed(KEY)


def inclusion(log: Log, tree: Tree, index: int, checkpoint: str) -> InclusionDocument:
    """What whoever holds the log would hand out for a leaf, with a checkpoint the owner of the key once signed."""
    return InclusionDocument(
        index=index,
        leaf_hash=base64.encode(tree.leaf(index)),
        salt=base64.encode(log.salts[index]),
        record=RecordDocument.of(log.records[index]),
        path=[base64.encode(hash_) for hash_ in tree.inclusion(index, tree.size)],
        checkpoint=checkpoint,
    )


def holds(text: bytes) -> bool:
    """What `verify` says."""
    try:
        document = parse(text)
        if isinstance(document, InclusionDocument):
            verify_inclusion(document, KEY.public)
        else:
            verify_consistency(document, KEY.public)
    except Rejected:
        return False
    return True


def fits(log: Log, checkpoint: str) -> bool:
    """What the audit says: whether the records give the tree of a checkpoint."""
    known, tree = Checkpoint.verified(checkpoint, KEY.public), log.tree()
    return known.size <= tree.size and tree.root(known.size) == known.root


def flip_document(chance: random.Random, log: Log) -> bool:
    """One bit anywhere in a proof: record, salt, path, checkpoint or signature."""
    tree = log.tree()
    old = chance.randint(1, tree.size)
    path = [base64.encode(hash_) for hash_ in tree.consistency(old, tree.size)]
    consistency = ConsistencyDocument(old=signed(tree, old), new=signed(tree, tree.size), path=path)
    included = inclusion(log, tree, old - 1, signed(tree, tree.size))
    text = msgspec.json.encode(chance.choice([consistency, included]))
    assert holds(text)
    return not holds(_flipped(chance, text))


def flip_record(chance: random.Random, log: Log) -> bool:
    """One bit of one record on the log, before anybody looks."""
    checkpoint, at = signed(log.tree(), len(log.records)), chance.randrange(len(log.records))
    assert fits(log, checkpoint)
    records = list(log.records)
    records[at] = replace(records[at], value=_flipped(chance, records[at].value or b""))
    changed = Log(log.salts, records)
    return not fits(changed, checkpoint) and not holds(
        msgspec.json.encode(inclusion(changed, changed.tree(), at, checkpoint))
    )


def truncate(chance: random.Random, log: Log) -> bool:
    """The newest records are gone, or some of a proof's path is."""
    tree = log.tree()
    checkpoint = signed(tree, tree.size)
    keep = chance.randrange(tree.size)
    document = inclusion(log, tree, chance.randrange(tree.size), checkpoint)
    assert holds(msgspec.json.encode(document))
    assert fits(log, checkpoint)
    shorter = msgspec.structs.replace(
        document, path=document.path[: chance.randrange(max(1, len(document.path)))]
    )
    kept = not document.path or not holds(msgspec.json.encode(shorter))
    return kept and not fits(Log(log.salts[:keep], log.records[:keep]), checkpoint)


def reorder(chance: random.Random, log: Log) -> bool:
    """Two leaves change places."""
    checkpoint = signed(log.tree(), len(log.records))
    assert fits(log, checkpoint)
    one, other = chance.sample(range(len(log.records)), 2)
    salts, records = list(log.salts), list(log.records)
    salts[one], salts[other] = salts[other], salts[one]
    records[one], records[other] = records[other], records[one]
    changed = Log(salts, records)
    return not fits(changed, checkpoint) and not holds(
        msgspec.json.encode(inclusion(changed, changed.tree(), one, checkpoint))
    )


def rewrite(chance: random.Random, log: Log) -> bool:
    """A new history from some leaf on, signed with the stolen key itself: only an old checkpoint kept elsewhere tells."""
    tree = log.tree()
    old = chance.randint(1, tree.size)
    kept, start = signed(tree, old), chance.randrange(old)
    invented = log_of(chance, len(log.records) - start + chance.randrange(20))
    forged = Log(log.salts[:start] + invented.salts, log.records[:start] + invented.records)
    new = forged.tree()
    proof = [base64.encode(hash_) for hash_ in new.consistency(old, new.size)] if new.size >= old else []
    document = ConsistencyDocument(old=kept, new=signed(new, new.size), path=proof)
    true = ConsistencyDocument(
        old=kept,
        new=signed(tree, tree.size),
        path=[base64.encode(hash_) for hash_ in tree.consistency(old, tree.size)],
    )
    assert holds(msgspec.json.encode(true))
    assert fits(log, kept)
    return not holds(msgspec.json.encode(document)) and not fits(forged, kept)


ATTACKS: dict[str, Callable[[random.Random, Log], bool]] = {
    "bit_flip_in_proof": flip_document,
    "bit_flip_in_record": flip_record,
    "truncation": truncate,
    "reordering": reorder,
    "rewritten_history": rewrite,
}


def trials(count: int, seed: int, largest: int = LARGEST) -> dict[str, Counter[str]]:
    """That many attacks of all kinds in turn; how many were made and how many detected, by kind."""
    chance = random.Random(seed)
    made: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    for number in range(count):
        name = list(ATTACKS)[number % len(ATTACKS)]
        log = log_of(chance, chance.randint(2, largest))
        made[name] += 1
        detected[name] += ATTACKS[name](chance, log)
    return {"made": made, "detected": detected}


def _flipped(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def figures() -> dict[str, Any]:
    """Run all trials and count what was detected."""
    found = trials(TRIALS, seed=4)
    made, detected = found["made"].total(), found["detected"].total()
    return {"merkle_trials": made, "merkle_detected": detected, "by_kind": dict(found["detected"])}


if __name__ == "__main__":
    program(figures, kept=lambda found: found["merkle_trials"] == found["merkle_detected"])
