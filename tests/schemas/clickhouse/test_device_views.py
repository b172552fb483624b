"""What the read models say of a device and its telemetry, asked of the real engine."""

from __future__ import annotations

import pytest

from schemas.alert import AlertOpened
from schemas.security import DeviceProvisioned
from tests.schemas.clickhouse.story import Story, about, at, measured, of
from tests.streams.archive.sample import EPOCH

pytestmark = pytest.mark.clickhouse


def test_a_device_is_what_it_last_said(story: Story) -> None:
    opened = AlertOpened(
        alert="alert-1",
        kind="k",
        title="t",
        explanation="e",
        severity="high",
        risk=70,
        detection="d1",
        since=EPOCH,
    )
    story.tell(
        about(1, DeviceProvisioned(model="c1", site="north", firmware="1.0"), "new"),
        about(2, DeviceProvisioned(model="c1", site="north", firmware="1.0")),
        about(3, opened),
        measured(10, 5),
        measured(0, 5),
    )
    rows = {row["device"]: row for row in story.ask("devices", "acme")}
    assert of(rows["new"], "model firmware last_seen credential_state") == ("c1", "1.0", None, "active")
    assert of(rows["cam"], "model firmware first_seen last_seen") == ("model", "firmware", at(0), at(14))
    assert of(rows["cam"], "metrics open_alerts risk") == ({"temperature_c": 14.0}, 1, 70)
    asked = "measurements(tenants = ['acme'], device = 'cam', since = '2026-05-01 12:00:04', until = '2026-05-01 12:00:11')"
    assert [row["metrics"] for row in story.ask(asked)] == [{}, {}]
