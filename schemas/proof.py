"""The proof log: one leaf for each decision, receipt, verdict and analyst's action, and the signed states of the tree over them."""

from __future__ import annotations

from typing import ClassVar

from schemas.event import Event

# The record topics whose every record is a leaf.
PROVEN = ("credential-decisions", "enforcement-receipts", "gate-verdicts", "analyst-actions")


class LeafAppended(Event, frozen=True, kw_only=True):
    """A record became leaf `index` (from 0); subject is `leaf-<index>`, the tenant that of the record.

    `origin` is the record's `topic/partition/offset`, `event` its CloudEvents id (empty where it has none). `leaf_hash` and `salt` are
    base64 of 32 bytes. Written again without `salt`, it is the same leaf with the salt erased: compaction then removes the first one.
    """

    TYPE: ClassVar[str] = "proof.leaf_appended.v1"
    TOPIC: ClassVar[str] = "proof-leaves"
    index: int
    origin: str
    leaf_hash: str
    event: str = ""
    salt: str = ""


class CheckpointSigned(Event, frozen=True, kw_only=True):
    """The first `size` leaves have this root (base64); `note` says so, signed (C2SP tlog-checkpoint). Subject is the log's origin."""

    TYPE: ClassVar[str] = "proof.checkpoint_signed.v1"
    TOPIC: ClassVar[str] = "proof-checkpoints"
    size: int
    root: str
    note: str
