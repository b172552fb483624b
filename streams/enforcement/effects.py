"""The two ways enforcement reaches the outside world. Only `__main__` constructs what implements them, so nothing else can have an effect.

Both are idempotent: asking again for what is so already changes nothing and succeeds, which is what makes a resumed decision safe.
Both raise Retryable where the outside doesn't answer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class CredentialAuthority(Protocol):
    """Whoever says which certificates are valid. An identity is `tenant:device`."""

    def hold(self, identities: Collection[str]) -> dict[str, list[str]]:
        """Suspend every certificate of these devices; returns the serial numbers (hex) no longer valid by device, revoked ones included."""
        ...

    def revoke(self, identities: Collection[str]) -> dict[str, list[str]]:
        """Revoke every certificate of these devices for good, held ones too; returns the serial numbers by device."""
        ...

    def reinstate(self, identities: Collection[str]) -> dict[str, list[str]]:
        """Lift the suspension; returns the serial numbers valid now by device, none where all were revoked for good or are out of date."""
        ...

    def renew(self) -> bool:
        """Publish what is revoked anew if what is published would soon be too old to be believed; True where it was."""
        ...


class SessionBroker(Protocol):
    """Whoever holds the devices' live sessions."""

    def reload(self) -> None:
        """Make the broker believe the authority's newest word; returns once it does, for every handshake that begins from then on."""
        ...

    def expel(self, identities: Collection[str]) -> None:
        """End every session of these devices and keep ending those that still get in; returns once the broker has ended them."""
        ...

    def admit(self, identities: Collection[str]) -> None:
        """Let these devices open sessions again."""
        ...

    def bar(self, identities: Collection[str]) -> None:
        """Remember after a restart that these devices were expelled, without touching their sessions."""
        ...

    def unbar(self, identities: Collection[str]) -> None:
        """Leave these devices to another process, without touching their sessions."""
        ...
