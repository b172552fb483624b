"""What the command line says about a proof: sentences for people, plain values for machines."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.proof.checkpoint import Checkpoint
from detectors.proof.document import InclusionDocument
from schemas.proof import CheckpointSigned, LeafAppended
from streams.proof.audit import Audit


def inclusion(proof: InclusionDocument, leaf: LeafAppended, checkpoint: CheckpointSigned) -> str:
    """A proof just made."""
    event = f" (event {leaf.event})" if leaf.event else ""
    gone = (
        ""
        if proof.record
        else "\nIts salt is erased or its record gone: the leaf is proven, not what it was."
    )
    return (
        f"{leaf.origin}{event} is leaf {leaf.index} of {checkpoint.size}, proven by {len(proof.path)} hashes.{gone}\n"
        f"--json writes the proof; python -m streams.proof verify FILE --key PUB checks it.\n\n{checkpoint.note.rstrip()}"
    )


def verified_inclusion(proof: InclusionDocument, checkpoint: Checkpoint) -> dict[str, Any]:
    """A proof that holds."""
    origin = proof.record.record().origin if proof.record else ""
    what = f"{origin} is, byte for byte," if origin else "Something that was erased is"
    return {
        "holds": True,
        "kind": "inclusion",
        "log": checkpoint.origin,
        "size": checkpoint.size,
        "index": proof.index,
        "record": origin,
        "says": f"True: {what} leaf {proof.index} of the {checkpoint.size} of {checkpoint.origin}.",
    }


def verified_consistency(old: Checkpoint, new: Checkpoint) -> dict[str, Any]:
    """A continuation that holds."""
    says = f"True: the {new.size} leaves of {new.origin} begin with the {old.size} that were signed before, unchanged."
    return {
        "holds": True,
        "kind": "consistency",
        "log": new.origin,
        "old_size": old.size,
        "new_size": new.size,
        "says": says,
    }


def audit(found: Audit) -> str:
    """An audit, at most thirty lines."""
    counted = (
        f"{found.leaves} leaves, {found.records} records, {found.checkpoints} checkpoints; "
        f"{found.pending} records not yet leaves, {found.erased} salts erased."
    )
    if found.equal:
        return f"Equal: the tree derived from the log is the one that was signed. {counted}"
    shown = [f"  {line}" for line in found.differences[:25]]
    more = [f"  and {found.differing - len(shown)} more"] if found.differing > len(shown) else []
    return "\n".join([f"DIFFERENT in {found.differing} places. {counted}", *shown, *more])


def audit_json(found: Audit) -> bytes:
    """An audit for machines."""
    return msgspec.json.encode({"equal": found.equal, **msgspec.to_builtins(found)})
