"""The device twin: what the device should be set to, and what it says it is.

A setting is a scalar, or a digest (`sha256:…`) where its value is long or secret. Each event has *all* settings, not a patch, so the
newest one by `version` is the twin; versions grow by themselves, one count a side.
"""

from __future__ import annotations

from typing import ClassVar

from schemas.security.event import Count, SecurityEvent

Setting = str | int | float | bool


class TwinDesired(SecurityEvent, frozen=True, kw_only=True):
    """The fleet wants these settings; `baseline` names where they come from."""

    TYPE: ClassVar[str] = "twin.desired.v1"
    RESERVED: ClassVar[bool] = True
    version: Count
    settings: dict[str, Setting]
    baseline: str = ""
    account: str = ""


class TwinReported(SecurityEvent, frozen=True, kw_only=True):
    """The device has these settings; `desired_version` is the newest desired version it knew, left out where it knew none."""

    TYPE: ClassVar[str] = "twin.reported.v1"
    version: Count
    settings: dict[str, Setting]
    desired_version: Count | None = None
    error: str = ""
