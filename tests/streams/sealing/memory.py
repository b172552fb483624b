"""A key store in memory, for tests that need no file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from schemas.dead_letter import DeadLetter
from schemas.event import Envelope
from schemas.personal import map_extensions, map_personal
from streams.sealing.keys import Destroyed, Keys
from streams.sealing.token import Key, new_id, new_secret
from streams.sealing.unsealer import Unsealer


class KeysInMemory:
    """See `streams.sealing.keys.Keys`."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], Key] = {}
        self.ids: dict[str, Key] = {}
        self.dead: dict[str, tuple[str, str]] = {}
        self.requests: dict[str, Destroyed] = {}

    def living(self, tenant: str, subject: str) -> Key:
        """See Keys."""
        whose = (tenant, subject)
        if whose not in self.keys:
            key = self.keys[whose] = Key.of(new_id(), tenant, subject, new_secret())
            self.ids[key.id] = key
        return self.keys[whose]

    def named(self, id_: str) -> Key | None:
        """See Keys."""
        return self.ids.get(id_)

    def was_of(self, id_: str) -> tuple[str, str] | None:
        """See Keys."""
        return self.dead.get(id_)

    def destroy(self, tenant: str, subject: str, request: str, clock: Callable[[], datetime]) -> Destroyed:
        """See Keys."""
        if request not in self.requests:
            key = self.keys.pop((tenant, subject), None)
            if key:
                self.dead[key.id] = (tenant, subject)
                del self.ids[key.id]
            self.requests[request] = Destroyed((key.id,) if key else (), clock())
        return self.requests[request]

    def version(self) -> int:
        """See Keys."""
        return len(self.requests)


def opened(letter: DeadLetter, keys: Keys) -> DeadLetter:
    """The letter with its bytes as they were refused."""
    return Unsealer(keys).letter(letter)


def unsealed(envelope: Envelope, keys: Keys) -> Envelope:
    """The event with its personal values in plain text again."""
    unsealer = Unsealer(keys)

    def opened(text: str) -> str:
        return unsealer.texts([text])[0]

    data, said = map_personal(envelope.data, opened), map_extensions(envelope.extensions, opened)
    return msgspec.structs.replace(envelope, data=data, extensions=said)
