"""What the read models say about a device's life, its twin, and what is wrong with its firmware, asked of the real engine."""

from __future__ import annotations

import random
from typing import Any

import pytest

from schemas.event import Envelope
from schemas.inventory import (
    Component,
    FirmwareComponentsListed,
    VulnerabilityCleared,
    VulnerabilityFound,
)
from schemas.security import (
    DeviceActivated,
    DeviceManufactured,
    DeviceProvisioned,
    DeviceQuarantined,
    DeviceReleased,
    TwinDesired,
    TwinReported,
)
from tests.schemas.clickhouse.story import Story, about, at
from tests.streams.archive.sample import envelope

pytestmark = pytest.mark.clickhouse
FOUND = {"model": "camera", "firmware": "1.0", "vulnerability": "CVE-1", "component": "pkg:npm/a@1"}


def test_a_life_is_ordered_by_event_time_and_a_state_lasts_while_it_is_told_again(story: Story) -> None:
    story.tell(
        about(1, DeviceProvisioned(model="camera", site="b", firmware="1"), after_s=10),
        about(2, DeviceActivated(), after_s=20),
        about(3, DeviceQuarantined(reason="odd"), after_s=30),
        about(4, DeviceReleased(reason="fine"), after_s=40),
        about(5, DeviceActivated(site="b"), after_s=50),
        about(6, DeviceManufactured(model="camera", manufacturer="m"), after_s=1),
        envelope("globex", "cam", 7, DeviceQuarantined(reason="odd"), 99),
    )
    row = story.one("lifecycles", "acme")
    assert (row["device"], row["state"], row["since"]) == ("cam", "active", at(40))
    states = [
        change["state"] for change in sorted(story.ask("lifecycle_history", "acme"), key=lambda r: r["time"])
    ]
    assert states == ["manufactured", "provisioned", "active", "quarantined", "active", "active"]


def desired(number: int, version: int, after_s: float, **settings: Any) -> Envelope:
    return about(number, TwinDesired(version=version, settings=settings, baseline="b"), after_s=after_s)


def reported(number: int, version: int, after_s: float, **settings: Any) -> Envelope:
    return about(number, TwinReported(version=version, settings=settings, desired_version=1), after_s=after_s)


def settings(story: Story) -> dict[str, tuple[str, str, int, Any]]:
    rows = story.client.query(
        "SELECT * FROM twin_settings(tenants = ['acme'], device = 'cam')"
    ).named_results()
    return {r["setting"]: (r["desired"], r["reported"], r["differs"], r["differs_since"]) for r in rows}


def test_a_setting_differs_since_the_first_time_without_a_break(story: Story) -> None:
    story.tell(
        desired(1, 1, 0, interval=64, target="a", led=True),
        reported(2, 1, 10, interval=64.0, target="a", own="x"),
        reported(3, 2, 20, interval=5, target="b", own="x"),
        reported(4, 3, 30, interval=5, target="a", own="y"),
        reported(5, 4, 40, interval=6, target="b", own="y"),
    )
    assert settings(story) == {
        "interval": ("64", "6", 1, at(20)),  # another wrong value is still the same difference
        "target": ('"a"', '"b"', 1, at(40)),
        "led": ("true", "", 1, at(0)),
        "own": ("", '"y"', 0, None),
    }
    row = story.one("twins", "acme")
    assert (row["settings"], row["differing"], row["desired_version"], row["reported_version"]) == (
        3,
        3,
        1,
        4,
    )
    assert (row["known_version"], row["baseline"]) == (1, "b")


def test_an_older_version_that_comes_late_changes_nothing(story: Story) -> None:
    story.tell(
        desired(1, 2, 0, a=1), reported(2, 7, 10, a=1), reported(3, 6, 20, a=9), desired(4, 1, 30, a=5)
    )
    assert settings(story) == {"a": ("1", "1", 0, None)}


def test_a_desired_setting_that_is_given_up_no_longer_differs(story: Story) -> None:
    story.tell(desired(1, 1, 0, a=1, b=1), reported(2, 1, 10, a=1), desired(3, 2, 20, a=1))
    assert settings(story) == {"a": ("1", "1", 0, None)}


def listed(number: int, part: int, parts: int, digest: str, components: int) -> Envelope:
    data = FirmwareComponentsListed(
        model="camera",
        firmware="1.0",
        sbom=f"sbom-{digest}",
        digest=digest,
        format="CycloneDX 1.6",
        part=part,
        parts=parts,
        components=tuple(Component(name=f"c{n}") for n in range(components)),
    )
    return envelope("acme", "camera/1.0", number, data, number)


def test_the_sbom_in_force_is_the_last_complete_one(story: Story) -> None:
    story.tell(listed(1, 1, 2, "a", 3))
    assert story.ask("sboms", "acme") == []
    story.tell(listed(2, 2, 2, "a", 4), listed(3, 1, 1, "b", 1), listed(4, 1, 2, "c", 9))
    row = story.one("sboms", "acme")
    assert (row["sbom"], row["components"], row["listed_time"]) == ("sbom-b", 1, at(3))


def found(number: int, **more: Any) -> Envelope:
    facts: dict[str, Any] = {
        **FOUND,
        "match": "affected",
        "reason": "r",
        "status": "unassessed",
        "name": "a",
        "version": "1",
    }
    return envelope(
        "acme", "camera/1.0", number, VulnerabilityFound(**{**facts, "sbom": "s", **more}), number
    )


def test_a_vulnerability_stands_as_it_was_last_told_until_it_is_cleared(story: Story) -> None:
    cleared = VulnerabilityCleared(**{**FOUND, "vulnerability": "CVE-2"}, reason="gone")
    story.tell(
        found(1, severity="high", score=7.5, aliases=("GHSA-1",)),
        found(2, vulnerability="CVE-2"),
        found(3, status="fixed", severity="high", score=7.5),
        envelope("acme", "camera/1.0", 4, cleared, 4),
    )
    row = story.one("firmware_vulnerabilities", "acme")
    assert (row["vulnerability"], row["status"], row["severity"], row["score"]) == (
        "CVE-1",
        "fixed",
        "high",
        7.5,
    )
    assert (row["found_time"], row["time"]) == (at(1), at(3))


def test_a_device_has_the_vulnerabilities_of_the_firmware_it_has(story: Story) -> None:
    for number, firmware in ((1, "1.0"), (2, "2.0")):
        data = DeviceProvisioned(model="camera", site="b", firmware=firmware)
        story.tell(about(number, data, subject=f"cam-{number}"))
    story.tell(found(3))
    row = story.one("device_vulnerabilities", "acme")
    assert (row["device"], row["firmware"], row["vulnerability"]) == ("cam-1", "1.0", "CVE-1")
    assert story.ask("device_vulnerabilities", "globex") == []


def told_at_random(seed: int) -> tuple[list[Envelope], dict[str, tuple[bool, float | None]]]:
    """A twin's history and what a plain loop over it says of each desired or reported setting: differs, since when (s)."""
    chance = random.Random(seed)
    events, sides = [], {"desired": {}, "reported": {}}  # type: ignore[var-annotated]
    versions, since = {"desired": 0, "reported": 0}, dict[str, float | None]()
    for number in range(chance.randint(1, 12)):
        side, version = chance.choice(["desired", "reported"]), chance.randint(1, 4)
        values: dict[str, Any] = {
            name: chance.choice([1, 1.0, "a", True]) for name in "abc" if chance.random() < 0.7
        }
        kind = TwinDesired if side == "desired" else TwinReported
        events.append(
            about(number, kind(version=version, settings=values), subject=f"cam-{seed}", after_s=number * 10)
        )
        if version < versions[side]:
            continue
        versions[side], sides[side] = version, values
        for name in "abc":
            wanted, had = sides["desired"].get(name), sides["reported"].get(name)
            same = wanted is None or (
                had is not None
                and (type(wanted) in (int, float)) == (type(had) in (int, float))
                and wanted == had
            )
            since[name] = None if same else since.get(name) if since.get(name) is not None else number * 10.0
    said = {name for side in sides.values() for name in side}
    return events, {name: (since[name] is not None, since[name]) for name in said}


def test_any_history_of_a_twin_is_told_as_a_loop_over_it_would(story: Story) -> None:
    expected = {}
    for seed in range(40):
        events, expected[seed] = told_at_random(seed)
        story.tell(*events)
    for seed, wanted in expected.items():
        rows = story.client.query(
            "SELECT setting, differs, differs_since FROM twin_settings(tenants = ['acme'], device = {device:String})",
            parameters={"device": f"cam-{seed}"},
        ).result_rows
        told = {name: (bool(differs), since) for name, differs, since in rows}
        assert told == {name: (odd, None if s is None else at(s)) for name, (odd, s) in wanted.items()}, seed
    differing = {row["device"]: row["differing"] for row in story.ask("twins", "acme")}
    assert differing == {
        f"cam-{seed}": sum(odd for odd, _ in wanted.values()) for seed, wanted in expected.items()
    }
