"""Checking proofs against roots, with nothing but hashes (RFC 9162, sections 2.1.3.2 and 2.1.4.2)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from detectors.proof.hashing import HASH_BYTES, node_hash


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with this hash is number `index` (from 0) in the tree of `size` leaves with this root."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *path):
        return False
    place, last, value = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(hash_, value)
            place, last = _climb(place, last)
        else:
            value = node_hash(value, hash_)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(value, root)


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` leaves.

    False for an empty old tree: everything begins with nothing, so that would say nothing.
    """
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and hmac.compare_digest(old_root, new_root)
    if not path or not _are_hashes(old_root, new_root, *path):
        return False
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    first, second, top = _replay(old, new, hashes)
    return top and hmac.compare_digest(first, old_root) and hmac.compare_digest(second, new_root)


def _replay(old: int, new: int, hashes: list[bytes]) -> tuple[bytes, bytes, bool]:
    """Both roots as the path gives them, and whether it ends where the new tree does."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            return first, second, False
        if place & 1 or place == last:
            first, second = node_hash(hash_, first), node_hash(hash_, second)
            place, last = _climb(place, last)
        else:
            second = node_hash(second, hash_)
        place, last = place >> 1, last >> 1
    return first, second, last == 0


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels where a node at the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
