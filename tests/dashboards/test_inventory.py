"""The Device page's lifecycle, twin and vulnerabilities: what it asks, what it says, and what it says where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.queries import devices, inventory
from dashboards.store import Store
from tests.dashboards import seed
from tests.dashboards.test_pages import Open, told

pytestmark = pytest.mark.clickhouse
ONE = ("acme",)


def device(store: Store) -> devices.Device:
    (found,) = devices.find(store, ("acme", "globex"), "cam-0042")
    return found


def test_a_quarantined_device_says_so_with_the_reason(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "device", device="cam-0042", tenant="acme"))
    assert "Lifecycle:" in said
    assert "quarantined" in said
    assert "account taken over" in said


def test_settings_that_differ_come_first_with_since_when(filled: Store, page: Open, filled_url: str) -> None:
    rows = inventory.twin_settings(filled, ONE, "cam-0042")
    assert [(row.setting, row.differs) for row in rows] == [
        ("stream.target", 1),
        ("ssh.enabled", 1),
        ("led", 0),
        ("log.level", 0),
        ("ntp.interval_s", 0),
    ]
    said = told(page(filled_url, "device", device="cam-0042", tenant="acme"))
    assert "2 of 4 desired settings differ." in said
    assert "Desired is version 3" in said
    assert "which the device knows" in said
    assert "video.acme.example" in said


def test_open_vulnerabilities_come_first_then_the_worst(filled: Store) -> None:
    rows = inventory.vulnerabilities(filled, ONE, device(filled))
    assert [(row.vulnerability, row.status) for row in rows] == [
        ("CVE-2026-0001", "unassessed"),
        ("CVE-2026-0005", "affected"),
        ("CVE-2026-0002", "unassessed"),
        ("CVE-2026-0004", "under_investigation"),
        ("GHSA-aaaa", "not_affected"),
    ]
    assert [row.settled for row in rows] == [False, False, False, False, True]


def test_vulnerabilities_are_shown_with_what_vex_says_of_them(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "device", device="cam-0042", tenant="acme"))
    assert "Known vulnerabilities of camera 4.2.0" in said
    assert "GHSA-aaaa (CVE-2026-0003)" in said
    assert "vulnerable code not in execute path" in said
    assert "4 vulnerabilities still not settled by VEX. 80 components of its SBOM (CycloneDX 1.6" in said
    assert "CVE-2026-0006" not in said  # cleared
    assert "<img src=x" not in said
    assert "&lt;img src=x" in said


def test_a_device_of_which_nothing_is_known_says_what_would_change_that(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "device", device="pump-0007", tenant="globex"))
    assert "It has no twin yet. One appears when" in said
    assert "python -m streams.inventory sbom FILE --tenant globex --model pump --firmware 4.2.0" in said
    assert "not settled by VEX" not in said


@pytest.mark.parametrize(
    "ask",
    [
        lambda s, t: inventory.lifecycle(s, t, "cam-0042"),
        lambda s, t: inventory.twin(s, t, "cam-0042"),
        lambda s, t: inventory.twin_settings(s, t, "cam-0042"),
        lambda s, t: inventory.sbom(s, t, device(s)),
        lambda s, t: inventory.vulnerabilities(s, t, device(s)),
    ],
    ids=range(5),
)
def test_another_tenants_inventory_is_never_in_an_answer(
    filled: Store, ask: Callable[[Store, tuple[str, ...]], Any]
) -> None:
    assert ask(filled, ONE)
    assert not ask(filled, ())
    assert not ask(filled, ("globex",))


def test_the_seed_has_a_name_that_tries_to_be_html(filled: Store) -> None:
    assert any(seed.ODD in row.name for row in inventory.vulnerabilities(filled, ONE, device(filled)))
