"""The inventory over the API: what is accepted, how it is refused, and real answers."""

from __future__ import annotations

import pytest

from streams.control.catalog import ClickHouseCatalog
from tests.dashboards.conftest import filled_url, now
from tests.streams.control.memory import Api

__all__ = ["filled_url", "now"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/devices/acme/nobody/inventory", 404, "device"),
        ("/v1/devices/a%20b/cam/inventory", 400, "tenant"),
        ("/v1/vulnerabilities?tenant=a/b", 400, "tenant"),
        ("/v1/vulnerabilities?name=a%00b", 400, "name"),
    ],
)
async def test_what_can_not_be_asked_is_refused_by_field(path: str, status: int, field: str) -> None:
    answer = await Api(tenants=[{"tenant": "acme"}]).get(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_store_that_is_away_is_said() -> None:
    for path in ("/v1/vulnerabilities", "/v1/devices/acme/cam/inventory"):
        assert (await Api(tenants=None, devices=None).get(path)).status_code == 503


def api(url: str) -> Api:
    made = Api()
    made.store.rows = ClickHouseCatalog(url).rows  # type: ignore[method-assign]
    return made


@pytest.mark.clickhouse
async def test_a_device_is_told_with_its_life_its_twin_and_its_firmware(filled_url: str) -> None:
    told = (await api(filled_url).get("/v1/devices/acme/cam-0042/inventory")).json()
    assert told["lifecycle"]["state"] == "quarantined"
    assert (told["twin"]["settings"], told["twin"]["differing"]) == (4, 2)
    assert [one["setting"] for one in told["settings"] if one["differs"]] == ["stream.target", "ssh.enabled"]
    assert told["sbom"]["components"] == 80
    assert [one["vulnerability"] for one in told["vulnerabilities"]][:2] == ["CVE-2026-0001", "CVE-2026-0005"]
    other = (await api(filled_url).get("/v1/devices/globex/pump-0007/inventory")).json()
    assert (other["twin"], other["settings"], other["sbom"], other["vulnerabilities"]) == (None, [], None, [])


@pytest.mark.clickhouse
async def test_a_vulnerability_is_told_with_the_devices_that_have_it_by_any_of_its_names(
    filled_url: str,
) -> None:
    client = api(filled_url)
    everything = (await client.get("/v1/vulnerabilities")).json()["vulnerabilities"]
    assert len(everything) == 5
    (one,) = (await client.get("/v1/vulnerabilities?name=CVE-2026-0003")).json()["vulnerabilities"]
    assert (one["vulnerability"], one["status"], one["firmware"]) == ("GHSA-aaaa", "not_affected", "4.2.0")
    assert one["devices"] == len(one["device_names"])
    assert "cam-0042" in one["device_names"]
    assert (await client.get("/v1/vulnerabilities?tenant=globex")).json()["vulnerabilities"] == []
