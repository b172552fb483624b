"""Signed notes: text, a blank line, signature lines (C2SP signed-note, https://c2sp.org/signed-note), Ed25519 only (RFC 8032)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from detectors.proof import base64
from schemas.errors import Rejected

ED25519 = b"\x01"
ID_BYTES = 4
KEY_BYTES = 32
DASH = "\u2014 "
PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who may have signed a note: a name and an Ed25519 key. Its text form (`str`) is `name+id+key`, the specification's vkey."""

    name: str
    key: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(c.isspace() or not c.isprintable() for c in self.name):
            raise Rejected("bad_key", "key", "its name must have no spaces and no +")
        if len(self.key) != KEY_BYTES:
            raise Rejected("bad_key", "key", f"an Ed25519 key has {KEY_BYTES} bytes")

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; they prove nothing."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.encode(ED25519 + self.key)}"

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """The key in a vkey; Rejected says what is wrong with it."""
        name, given_id, encoded = _parts(text.strip())
        key = cls(name, _typed(encoded))
        if key.id.hex() != given_id:
            raise Rejected("bad_key", "key", "its id does not fit its name and key")
        return key


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """What notes are signed with: a name and the 32-byte Ed25519 seed. Its text is Go's `PRIVATE+KEY+name+id+seed` (sumdb/note)."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != KEY_BYTES:
            raise Rejected("bad_key", "key", f"an Ed25519 seed has {KEY_BYTES} bytes")

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(
            self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    def text(self) -> str:
        """The form kept in a file; a secret."""
        return f"{PRIVATE}{self.name}+{self.public.id.hex()}+{base64.encode(ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        """The key in its text form; Rejected says what is wrong with it, never the secret."""
        text = text.strip()
        if not text.startswith(PRIVATE):
            raise Rejected("bad_key", "key", f"must begin with {PRIVATE}")
        name, given_id, encoded = _parts(text.removeprefix(PRIVATE))
        key = cls(name, _typed(encoded))
        if key.public.id.hex() != given_id:
            raise Rejected("bad_key", "key", "its id does not fit its name and key")
        return key

    def sign(self, text: str) -> str:
        """The note of this text, which must be whole lines; Ed25519 is deterministic, so the same text gives the same note."""
        if not text.endswith("\n"):
            raise ValueError("a note is made of whole lines")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{DASH}{self.name} {base64.encode(self.public.id + signature)}\n"


def opened(note: str, key: PublicKey) -> str:
    """The text of a note that `key` signed; Rejected where it did not, or a signature line is malformed.

    Signatures of other keys are ignored, as the specification says; a wrong one of `key` makes the whole note wrong.
    """
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise Rejected("bad_note", "note", "has no signature lines after a blank line")
    text += "\n"
    signatures = [_signature(line) for line in lines[:-1].split("\n")]
    mine = [blob for name, blob in signatures if name == key.name and blob[:ID_BYTES] == key.id]
    if not mine:
        raise Rejected("not_signed", "note", f"is not signed by {key.name} with key {key.id.hex()}")
    try:
        for blob in mine:
            Ed25519PublicKey.from_public_bytes(key.key).verify(blob[ID_BYTES:], text.encode())
    except (InvalidSignature, ValueError):
        raise Rejected(
            "bad_signature", "note", f"the signature of {key.name} does not fit the text"
        ) from None
    return text


def _signature(line: str) -> tuple[str, bytes]:
    name, found, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not found or not name:
        raise Rejected("bad_note", "note", "has a malformed signature line")
    blob = base64.decode(encoded, "note")
    if len(blob) <= ID_BYTES:
        raise Rejected("bad_note", "note", "has a signature that is too short")
    return name, blob


def _parts(text: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Rejected("bad_key", "key", "must look like name+id+base64")
    return parts[0], parts[1], parts[2]


def _typed(encoded: str) -> bytes:
    data = base64.decode(encoded, "key")
    if data[:1] != ED25519:
        raise Rejected("bad_key", "key", "is not an Ed25519 key")
    return data[1:]
