"""One personal value as a token and back: AES-SIV (RFC 5297), deterministic, so equal values of one subject stay equal.

A token is `sealed.v1.<key id>.<base64url of the ciphertext>`. Who has no key learns from it which values of one device are equal and about
how long they are, nothing else. Deterministic encryption is chosen for that equality: rules compare addresses, and an event sent twice
must give the same bytes.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from schemas.event import aggregate_key
from schemas.personal import TOKEN

PREFIX = "sealed.v1."
KEY_BYTES = 64


@dataclass(frozen=True, slots=True)
class Key:
    """The key of one subject: its id (16 hex digits, random), whose it is, and the secret (64 bytes, AES-256-SIV)."""

    id: str
    tenant: str
    subject: str
    cipher: AESSIV

    @classmethod
    def of(cls, id_: str, tenant: str, subject: str, secret: bytes) -> Key:
        """The key with this secret; ValueError where it has a wrong length."""
        return cls(id_, tenant, subject, AESSIV(secret))

    def seal(self, text: str) -> str:
        """The token of a text (any Unicode that JSON can carry, not empty)."""
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, plain: bytes) -> str:
        """The token of some bytes, not none."""
        sealed = self.cipher.encrypt(plain, [self._whose])
        return f"{PREFIX}{self.id}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def open(self, token: str) -> str | None:
        """The text of a token; None where it is none of this key's. Bytes of it that are no text are escapes such as `\\xff`."""
        plain = self.open_bytes(token)
        if plain is None:
            return None
        try:
            return plain.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return plain.decode("utf-8", "backslashreplace")

    def open_bytes(self, token: str) -> bytes | None:
        """The bytes of a token; None where it is none of this key's."""
        matched = TOKEN.fullmatch(token)
        if matched is None or matched[1] != self.id:
            return None
        try:
            sealed = urlsafe_b64decode(matched[2] + "=" * (-len(matched[2]) % 4))
            return self.cipher.decrypt(sealed, [self._whose])
        except (InvalidTag, Error, ValueError):
            return None

    @property
    def _whose(self) -> bytes:
        return aggregate_key(self.tenant, self.subject)


def new_id() -> str:
    """A random key id."""
    return secrets.token_hex(8)


def new_secret() -> bytes:
    """A random secret for a key."""
    return secrets.token_bytes(KEY_BYTES)
