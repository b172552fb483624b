"""A proof log in memory: records, the leaves and checkpoints a notary makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count

from detectors.proof.leaf import SALT_BYTES, LoggedRecord
from detectors.proof.note import PrivateKey
from schemas.proof import CheckpointSigned, LeafAppended
from streams.proof.notary import Notary, Seen

KEY = PrivateKey("vedette.test/log", bytes(range(32)))
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def record(offset: int, partition: int = 0, value: bytes | None = b"{}") -> LoggedRecord:
    """A decision."""
    headers = ((("ce_id", f"decision-{partition}-{offset}".encode())), ("ce_tenant", b"acme"))
    return LoggedRecord("credential-decisions", partition, offset, b"acme/cam-1", headers, value)


def notary(leaves: Sequence[LeafAppended] = ()) -> Notary:
    """One whose salts are numbers."""
    numbers = count(len(leaves))
    return Notary(KEY, lambda: next(numbers).to_bytes(SALT_BYTES, "big"), leaves)


def append(to: Notary, records: Iterable[LoggedRecord]) -> list[LeafAppended]:
    """The leaves of these records, without those that are leaves already."""
    made = [to.append(Seen(one, NOW)) for one in records]
    return [one.data for one in made if one is not None and isinstance(one.data, LeafAppended)]


def checkpoint(of: Notary) -> CheckpointSigned:
    """The checkpoint over everything appended."""
    made = of.checkpoint(NOW)
    assert made is not None
    assert isinstance(made.data, CheckpointSigned)
    return made.data
