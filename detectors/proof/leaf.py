"""What a leaf of the tree is made of: a salt and one record of the log, every byte of it and where it lies."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.proof.hashing import leaf_hash

SALT_BYTES = 32
_ABSENT = (0xFFFFFFFF).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """One Kafka record in full; `key` and `value` may be absent, which is not the same as empty."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @property
    def origin(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def canonical(self) -> bytes:
        """Its bytes in one form: each part after its length (4 bytes, 0xffffffff where absent), headers in their order."""
        place = f"{self.partition}/{self.offset}".encode()
        headers = [part for name, value in self.headers for part in (name.encode(), value)]
        parts = [self.topic.encode(), place, self.key, self.value, *headers]
        return b"".join(_ABSENT if part is None else len(part).to_bytes(4, "big") + part for part in parts)


def salted_hash(salt: bytes, record: LoggedRecord) -> bytes:
    """The leaf hash of a record: SHA-256(0x00 || salt || canonical record). ValueError unless the salt has 32 bytes.

    Without the salt nobody can tell from the hash what the record was, however few records are possible: erasing record and salt
    erases the fact, and every proof about it or others stays valid.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return leaf_hash(salt + record.canonical())
