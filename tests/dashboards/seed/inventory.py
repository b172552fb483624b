"""cam-0042 is quarantined and not set as it should be; its firmware has an SBOM and five known vulnerabilities."""

from __future__ import annotations

from schemas.inventory import (
    Assessment,
    Component,
    FirmwareComponentsListed,
    Severity,
    VulnerabilityCleared,
    VulnerabilityFound,
)
from schemas.security import DeviceActivated, DeviceQuarantined, TwinDesired, TwinReported
from schemas.security.twin import Setting
from tests.dashboards.seed.past import ODD, Past

DEVICE, FIRMWARE = "cam-0042", "camera/4.2.0"
WANTED: dict[str, Setting] = {
    "stream.target": "video.acme.example",
    "ssh.enabled": False,
    "ntp.interval_s": 64,
    "log.level": "info",
}
VULNERABILITIES: tuple[tuple[str, Severity, float | None, str, Assessment | None, str], ...] = (
    ("CVE-2026-0002", "medium", 5.3, "zlib", None, ""),
    ("CVE-2026-0001", "critical", 9.8, "openssl", None, ""),
    ("GHSA-aaaa", "critical", 9.1, "libxml2", "not_affected", "vulnerable_code_not_in_execute_path"),
    ("CVE-2026-0004", "unknown", None, ODD, "under_investigation", ""),
    ("CVE-2026-0005", "high", 7.5, "busybox", "affected", ""),
    ("CVE-2026-0006", "high", 7.5, "gone", None, ""),
)


def known(past: Past) -> None:
    """What the inventory knows of it."""
    past.happened(89_000, "acme", DEVICE, DeviceActivated(site="berlin", firmware="4.2.0"))
    past.happened(300, "acme", DEVICE, DeviceQuarantined(reason="account taken over", segment="quarantine"))
    _set(past)
    _composed(past)
    _vulnerable(past)


def _set(past: Past) -> None:
    """It was as wanted, until six minutes ago."""
    past.happened(80_000, "acme", DEVICE, TwinDesired(version=3, settings=WANTED, baseline="camera@3"))
    odd: dict[str, Setting] = {**WANTED, "stream.target": "203.0.113.7", "ntp.interval_s": 64.0, "led": True}
    reports: tuple[tuple[float, dict[str, Setting]], ...] = (
        (79_990, {**WANTED, "led": True}),
        (360, odd),
        (350, {**odd, "ssh.enabled": True}),
    )
    for version, (ago, settings) in enumerate(reports, start=7):
        reported = TwinReported(version=version, settings=settings, desired_version=3)
        past.happened(ago, "acme", DEVICE, reported)


def _composed(past: Past) -> None:
    components = tuple(Component(name=f"lib{number}", version="1.0") for number in range(40))
    for part in (1, 2):
        listed = FirmwareComponentsListed(
            model="camera", firmware="4.2.0", sbom="urn:uuid:1", digest="aa", format="CycloneDX 1.6", part=part, parts=2,
            components=components,
        )  # fmt: skip
        past.happened(70_000, "acme", FIRMWARE, listed)


def _vulnerable(past: Past) -> None:
    for vulnerability, severity, score, name, status, justification in VULNERABILITIES:
        found = VulnerabilityFound(
            model="camera", firmware="4.2.0", vulnerability=vulnerability, component=f"pkg:generic/{name}@1.0", match="affected",
            reason=f"{name} 1.0 is in the affected range (from the first, fixed in 1.1)", status=status or "unassessed", name=name,
            version="1.0", sbom="urn:uuid:1", severity=severity, score=score, summary=f"{name} reads too far", fixed_in=("1.1",),
            justification=justification, aliases=("CVE-2026-0003",) if vulnerability.startswith("GHSA") else (),
        )  # fmt: skip
        past.happened(60_000, "acme", FIRMWARE, found)
    cleared = VulnerabilityCleared(
        model="camera", firmware="4.2.0", vulnerability="CVE-2026-0006", component="pkg:generic/gone@1.0", reason="SBOM 2"
    )  # fmt: skip
    past.happened(50_000, "acme", FIRMWARE, cleared)
