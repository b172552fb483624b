"""The fold of a tenant's inventory: what it finds, what VEX makes of it, and that it is a function of the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detectors.inventory.inventory import Inventory
from schemas.event import Envelope
from schemas.inventory import (
    Affected,
    Boundary,
    Component,
    FirmwareComponentsListed,
    InventoryEvent,
    VersionRange,
    VulnerabilityAssessed,
    VulnerabilityCleared,
    VulnerabilityFound,
    VulnerabilityPublished,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def envelope(subject: str, data: InventoryEvent, seconds: int = 0, tenant: str = "acme") -> Envelope:
    time = START + timedelta(seconds=seconds)
    name = f"{subject}-{type(data).__name__}-{seconds}-{hash(data.__repr__())}"
    return Envelope(id=name, type=data.TYPE, source="t", subject=subject, tenant=tenant, time=time, data=data)


def sbom(
    *versions: str,
    firmware: str = "4.2.0",
    digest: str = "",
    part: int = 1,
    parts: int = 1,
    tenant: str = "acme",
) -> Envelope:
    """An SBOM of packages p0, p1, ... in these versions."""
    data = FirmwareComponentsListed(
        model="cam",
        firmware=firmware,
        sbom="s",
        digest=digest or "-".join(versions),
        format="CycloneDX 1.6",
        part=part,
        parts=parts,
        components=tuple(
            Component(name=f"p{n}", version=v, purl=f"pkg:npm/p{n}@{v}", ref=f"ref{n}")
            for n, v in enumerate(versions)
        ),
        purl=f"pkg:generic/cam@{firmware}",
        ref="fw",
    )
    return envelope(f"cam/{firmware}", data, tenant=tenant)


def osv(
    name: str = "CVE-1", package: str = "p0", fixed: str = "2.0.0", modified: int = 0, **more: Any
) -> Envelope:
    span = VersionRange(
        kind="SEMVER",
        boundaries=(Boundary(kind="introduced", version="0"), Boundary(kind="fixed", version=fixed)),
    )
    data = VulnerabilityPublished(
        modified=START + timedelta(seconds=modified),
        affected=(Affected(ecosystem="npm", name=package, ranges=(span,)),),
        **more,
    )
    return envelope(name, data, modified)


def vex(status: str = "not_affected", name: str = "CVE-1", seconds: int = 0, **more: Any) -> Envelope:
    data = VulnerabilityAssessed(status=status, document=f"vex-{seconds}", **more)  # type: ignore[arg-type]
    return envelope(name, data, seconds)


def fold(*events: Envelope) -> Inventory:
    inventory = Inventory("acme")
    for offset, event in enumerate(events):
        inventory.apply(event, f"inventory/0/{offset}")
    return inventory


def one(inventory: Inventory) -> VulnerabilityFound:
    (found,) = inventory.findings().values()
    return found


def test_a_firmware_has_the_vulnerabilities_of_its_components() -> None:
    found = one(fold(sbom("1.0.0", "1.0.0"), osv(severity="high", score=7.5, aliases=("GHSA-1",))))
    assert (found.model, found.firmware, found.vulnerability) == ("cam", "4.2.0", "CVE-1")
    assert (found.component, found.severity, found.score) == ("pkg:npm/p0@1.0.0", "high", 7.5)
    assert (found.status, found.fixed_in) == ("unassessed", ("2.0.0",))
    assert "p0 1.0.0 is in the affected range" in found.reason


def test_a_fixed_firmware_has_none() -> None:
    assert fold(sbom("2.0.0"), osv()).findings() == {}


def test_only_a_complete_sbom_counts_and_the_last_one_is_in_force() -> None:
    first = sbom("1.0.0", digest="a", parts=2)
    assert fold(first, osv()).findings() == {}
    second = sbom("1.0.0", digest="a", part=2, parts=2)
    assert len(fold(first, second, osv()).findings()) == 1
    assert fold(first, second, sbom("2.0.0"), osv()).findings() == {}
    # Parts of different files don't add up.
    assert fold(first, sbom("1.0.0", digest="b", part=2, parts=2), osv()).firmware == {}


def test_other_tenants_are_not_seen() -> None:
    assert fold(sbom("1.0.0", tenant="globex"), osv()).findings() == {}


def test_the_record_modified_last_is_in_force_whatever_came_last() -> None:
    assert (
        fold(sbom("1.5.0"), osv(fixed="1.0.0", modified=9), osv(fixed="2.0.0", modified=1)).findings() == {}
    )


def test_a_withdrawn_vulnerability_is_none() -> None:
    assert fold(sbom("1.0.0"), osv(withdrawn=START)).findings() == {}


def test_two_records_of_one_vulnerability_are_one_finding() -> None:
    inventory = fold(
        sbom("1.0.0"), osv("GHSA-1", aliases=("CVE-1",)), osv("PYSEC-1", aliases=("CVE-1",), severity="low")
    )
    assert one(inventory).vulnerability == "PYSEC-1"  # of the two the one that knows how bad it is


def test_a_statement_counts_also_under_another_name_of_the_vulnerability() -> None:
    found = one(
        fold(sbom("1.0.0"), osv("GHSA-1", aliases=("CVE-1",)), vex(name="CVE-1", justification="inline"))
    )
    assert (found.status, found.justification, found.document) == ("not_affected", "inline", "vex-0")


def test_the_newest_statement_is_in_force() -> None:
    events = [vex("affected", seconds=1), vex("fixed", seconds=9), vex("under_investigation", seconds=5)]
    assert one(fold(sbom("1.0.0"), osv(), *events)).status == "fixed"


def about(**more: Any) -> str:
    return one(fold(sbom("1.0.0", "1.0.0"), osv(), vex(**more))).status


def test_a_statement_is_about_what_it_names_and_nothing_else() -> None:
    assert about() == "not_affected"
    assert about(model="cam", firmware="4.2.0") == "not_affected"
    assert about(model="cam", firmware="9") == "unassessed"
    assert about(model="pump") == "unassessed"
    for product in (
        "pkg:generic/cam@4.2.0",
        "pkg:generic/cam",
        "fw",
        "ref0",
        "pkg:npm/p0",
        "pkg:npm/p0@1.0.0",
    ):
        assert about(products=(product,)) == "not_affected", product
    for product in ("pkg:generic/cam@5", "ref1", "pkg:npm/p0@2.0.0", "pkg:npm/p1", "other"):
        assert about(products=(product,)) == "unassessed", product
    assert about(products=("fw",), components=("pkg:npm/p0",)) == "not_affected"
    assert about(products=("fw",), components=("pkg:npm/p1",)) == "unassessed"


VERSIONS = st.sampled_from(["1.0.0", "1.5.0", "2.0.0", "3.0.0", "latest"])
EVENTS = st.one_of(
    st.builds(
        lambda versions, firmware: sbom(*versions, firmware=firmware),
        st.lists(VERSIONS, max_size=3),
        st.sampled_from("ab"),
    ),
    st.builds(
        osv,
        st.sampled_from(["CVE-1", "CVE-2", "GHSA-1"]),
        st.sampled_from(["p0", "p1"]),
        VERSIONS,
        st.integers(0, 5),
        aliases=st.sampled_from([(), ("CVE-1",)]),
        withdrawn=st.sampled_from([None, None, START]),
    ),
    st.builds(
        vex,
        st.sampled_from(["not_affected", "affected", "fixed"]),
        st.sampled_from(["CVE-1", "CVE-2"]),
        st.integers(0, 5),
        products=st.sampled_from([(), ("pkg:npm/p0",), ("fw",)]),
    ),
)


@given(st.lists(EVENTS, max_size=12))
def test_what_was_told_needs_not_be_told_again(events: list[Envelope]) -> None:
    inventory = Inventory("acme")
    for event in events:
        inventory.apply(event)
        for told in inventory.news():
            inventory.apply(told)
        assert inventory.news() == []
    current = {
        key: told.data for key, told in inventory.told.items() if isinstance(told.data, VulnerabilityFound)
    }
    assert current == inventory.findings()


@given(st.lists(EVENTS, max_size=12))
def test_the_same_log_gives_the_same_findings_with_the_same_ids(events: list[Envelope]) -> None:
    assert fold(*events).news() == fold(*events).news()
    ids = [event.id for event in fold(*events).news()]
    assert len(set(ids)) == len(ids)


@given(st.lists(EVENTS, max_size=12))
def test_an_event_that_comes_twice_changes_nothing(events: list[Envelope]) -> None:
    twice = [event for event in events for _ in range(2)]
    assert fold(*twice).findings() == fold(*events).findings()


@given(st.lists(EVENTS, max_size=12))
def test_vex_never_hides_a_finding(events: list[Envelope]) -> None:
    without = [event for event in events if not isinstance(event.data, VulnerabilityAssessed)]
    assert set(fold(*events).findings()) == set(fold(*without).findings())
    assert all(found.reason for found in fold(*events).findings().values())


def test_what_is_gone_is_cleared_with_the_reason_and_may_come_again() -> None:
    inventory = fold(sbom("1.0.0"), osv())
    first = inventory.news()
    for events, reason in (
        ([sbom("2.0.0")], "no longer has"),
        ([osv(modified=3, withdrawn=START)], "withdrawn"),
    ):
        again = fold(sbom("1.0.0"), osv(), *first, *events)
        (cleared,) = again.news()
        assert isinstance(cleared.data, VulnerabilityCleared)
        assert reason in cleared.data.reason
        again.apply(cleared)
        assert again.news() == []
    back = fold(sbom("1.0.0"), osv(), *first, sbom("2.0.0"), cleared, sbom("1.0.0"))
    (found,) = back.news()
    assert found.data == first[0].data
    assert found.id != first[0].id
