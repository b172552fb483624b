"""Checkpoints: origin, size and root of the log in a signed note (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.proof import base64
from detectors.proof.hashing import HASH_BYTES
from detectors.proof.note import PrivateKey, PublicKey, opened
from schemas.errors import Rejected


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one log: its name, how many leaves it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def signed(self, key: PrivateKey) -> str:
        """The note that says so; the key's name must be the origin (ValueError), as the specification asks."""
        if key.name != self.origin:
            raise ValueError(f"a checkpoint of {self.origin} is signed by it, not by {key.name}")
        return key.sign(f"{self.origin}\n{self.size}\n{base64.encode(self.root)}\n")

    @classmethod
    def verified(cls, note: str, key: PublicKey) -> Checkpoint:
        """The checkpoint in a note signed by `key`; Rejected where it is not signed so, or not a checkpoint of that origin.

        Extension lines are refused: we write none, and what we can't read we don't vouch for.
        """
        lines = opened(note, key).split("\n")
        if len(lines) != 4:
            raise Rejected("bad_checkpoint", "checkpoint", "must be three lines: origin, size, root")
        origin, size, root, _ = lines
        if origin != key.name:
            raise Rejected("bad_checkpoint", "checkpoint", "is of another log than the key")
        if not (size.isascii() and size.isdecimal()) or str(int(size[:20])) != size:
            raise Rejected("bad_checkpoint", "checkpoint", "its size is not a plain decimal number")
        hash_ = base64.decode(root, "checkpoint")
        if len(hash_) != HASH_BYTES:
            raise Rejected("bad_checkpoint", "checkpoint", f"its root does not have {HASH_BYTES} bytes")
        return cls(origin, int(size), hash_)
