"""What came in and what was refused, so that the account adds up."""

from __future__ import annotations

from schemas.ledger import DetectionCounted, IngestCounted
from tests.dashboards.seed.past import Past, Row

REFUSED = (
    ("missing_field", "time", "is missing", "acme", "cam-0044", b'{"metrics": {}}'),
    ("bad_json", "", "not JSON", "", "", b"\xff\xfe\x00garbage"),
    ("identity_mismatch", "device", "is not the certificate's", "acme", "cam-0045", b'{"device": "cam-0001"}'),
)  # fmt: skip


def counted(past: Past) -> None:
    """The totals of what was told before; comes last."""
    security = sum(1 for row in past.events if row[1] == "security-events")
    reports = len(past.telemetry)
    for channel, accepted, refused in (("mqtt", reports, 2), ("http", security, 1)):
        counted = IngestCounted(
            instance="i1",
            channel=channel,
            received=accepted + refused,
            accepted=accepted,
            dead_lettered=refused,
        )
        past.happened(1, "", "i1", counted)
    judged = DetectionCounted(
        partition=0, telemetry_offset=9, scored=reports - 7, late=7, infinite=2, unmodelled=0, devices=4, forgotten=1, duplicates=3,
        flows_forgotten=6,
    )  # fmt: skip
    past.happened(1, "", "detection/0", judged)


def letters(past: Past) -> list[Row]:
    """The rows of what was refused, one a minute."""
    origin = "mqtt:v1/acme:cam-0044/telemetry"
    return [
        [
            f"dead-{number}", tenant, device, code, named, reason, origin, "ingest", past.at(60 * (number + 1)), len(raw), raw,
            0, number, past.now,
        ]
        for number, (code, named, reason, tenant, device, raw) in enumerate(REFUSED)
    ]  # fmt: skip
