"""Settings of the device: changed, and drifted from their baseline. Values are never carried, they may be secrets."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.security.event import Digest, SecurityEvent


class ConfigurationChanged(SecurityEvent, frozen=True, kw_only=True):
    """A setting of the device was changed; values are not carried, they may be secrets."""

    TYPE: ClassVar[str] = "configuration.changed.v1"
    setting: str
    account: str = ""
    address: str = ""


class ConfigurationDriftFound(SecurityEvent, frozen=True, kw_only=True):
    """A setting is not what the baseline says. `actual` is left out where the setting is missing on the device.

    `baseline` names it with its version (`cis-ubuntu-22.04@1.2`), `rule` the check in it.
    """

    TYPE: ClassVar[str] = "configuration.drift_found.v1"
    baseline: str
    setting: str
    expected: Digest | None = None
    actual: Digest | None = None
    rule: str = ""
    severity: Literal["low", "medium", "high", "critical", "unknown"] = "unknown"
    account: str = ""


class ConfigurationDriftResolved(SecurityEvent, frozen=True, kw_only=True):
    """A drift found before is over: the setting went back, or the baseline was changed to accept it."""

    TYPE: ClassVar[str] = "configuration.drift_resolved.v1"
    baseline: str
    setting: str
    outcome: Literal["reverted", "accepted", "no_longer_checked", "unknown"]
    actual: Digest | None = None
    rule: str = ""
    account: str = ""
