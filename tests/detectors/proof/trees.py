"""Trees and records to try things on, and the definitions of RFC 9162 written down word by word, as slow as they are."""

from __future__ import annotations

import hashlib

from detectors.proof.leaf import LoggedRecord
from detectors.proof.note import PrivateKey
from detectors.proof.tree import Tree

KEY = PrivateKey("vedette.test/log", bytes(range(32)))


def leaf(number: int) -> bytes:
    """A leaf hash."""
    return hashlib.sha256(b"\x00" + number.to_bytes(4, "big")).digest()


def tree_of(size: int) -> Tree:
    """A tree of that many leaves."""
    tree = Tree()
    for number in range(size):
        tree.append(leaf(number))
    return tree


def record(number: int) -> LoggedRecord:
    """A record with all its parts."""
    headers = (("ce_id", f"decision-{number}".encode()), ("empty", b""), ("none", None))
    return LoggedRecord(
        "credential-decisions", number % 4, number, b"acme/cam-1", headers, b'{"action":"hold"}'
    )


def root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _k(len(leaves))
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def subproof(m: int, leaves: list[bytes], complete: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1; PROOF(m, D) is SUBPROOF(m, D, true)."""
    if m == len(leaves):
        return [] if complete else [root(leaves)]
    k = _k(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), root(leaves[:k])]


def _k(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k
