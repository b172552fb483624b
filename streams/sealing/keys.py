"""What sealing needs of a key store. Anything that passes `tests/streams/sealing/contract.py` will do, a cloud's key service included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from streams.sealing.token import Key


class Destroyed(NamedTuple):
    """What one erasure destroyed: the ids of the keys (none where the subject had none), and when."""

    keys: tuple[str, ...]
    time: datetime


class Keys(Protocol):
    """The keys of subjects. A subject (tenant, device) has at most one that lives. Each method raises Retryable where the store does not
    answer, Fatal where it can't be read at all. Not for several threads at once, any number of processes."""

    def living(self, tenant: str, subject: str) -> Key:
        """The subject's key, made if it has none. It is durable before this returns: what is sealed with it can be opened later."""

    def named(self, id_: str) -> Key | None:
        """The key of an id; None where it was destroyed or never was."""

    def was_of(self, id_: str) -> tuple[str, str] | None:
        """The tenant and subject a destroyed key belonged to; None where it lives or never was."""

    def destroy(self, tenant: str, subject: str, request: str, clock: Callable[[], datetime]) -> Destroyed:
        """Destroy the subject's key so that nobody can get it back. The same `request` again destroys nothing further and tells the same:
        a key made since stays."""

    def version(self) -> int:
        """A number that changes whenever another process destroyed a key; asking is cheap (microseconds)."""
