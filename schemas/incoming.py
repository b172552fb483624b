"""What a sender writes: the JSON object of one telemetry report on `telemetry.raw`, over MQTT and over HTTPS.

Only described here; `streams.ingest` reads it with checks of its own (names, times, finite numbers), and a contract test holds the two
together.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from schemas.event import Time

Name = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{1,64}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class TelemetryReport(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What one device measured at one time.

    Over MQTT and HTTPS `tenant` and `device` are those of the certificate and may be left out; on `telemetry.raw` they are required.
    Reports with the same tenant, device and `id` (without it: the same time and metrics) are one. A metric that is null was not measured.
    A field that is not listed here is refused, for it could not be stored.
    """

    time: Time
    metrics: dict[Name, float | None]
    id: Text | None = None
    tenant: Name | None = None
    device: Name | None = None
    model: Text | None = None
    site: Text | None = None
    firmware: Text | None = None
