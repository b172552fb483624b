"""The hashes of a Merkle tree (RFC 9162, section 2.1.1, SHA-256): leaves and inner nodes can't be taken for one another."""

from __future__ import annotations

import hashlib

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one leaf's content."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(leaves: int) -> int:
    """How many of `leaves` (at least 2) are in the left child: the largest power of two that is smaller."""
    return 1 << ((leaves - 1).bit_length() - 1)
