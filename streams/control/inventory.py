"""What the API tells of the inventory: one device's life, twin and firmware, and which devices have which vulnerability."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Rejected
from streams.control import catalog
from streams.control.answer import answer
from streams.control.catalog import Catalog, Row
from streams.control.docs import Operation
from streams.control.problem import IDENTIFIER, Problem, check_name, name_in_path

MOST_ROWS = 1000
OF_DEVICE = "WHERE device = {device:String} LIMIT 1"
OF_FIRMWARE = "WHERE subject = {subject:String}"
WORST_FIRST = """
    status IN ('not_affected', 'fixed'), indexOf(['critical', 'high', 'medium', 'low', 'none', 'unknown'], severity),
    score DESC NULLS LAST, vulnerability, model, firmware, component
"""
VULNERABILITIES = f"""
    SELECT v.*, d.devices AS devices, d.names AS device_names
    FROM firmware_vulnerabilities(tenants = {{tenants:Array(String)}}) AS v
    LEFT JOIN
    (
        SELECT k.tenant AS tenant, k.model AS model, k.firmware AS firmware, count() AS devices,
            arraySlice(arraySort(groupArray(k.device)), 1, {MOST_ROWS}) AS names
        FROM devices(tenants = {{tenants:Array(String)}}) AS k
        GROUP BY k.tenant, k.model, k.firmware
    ) AS d ON d.tenant = v.tenant AND d.model = v.model AND d.firmware = v.firmware
    WHERE {{name:String}} = '' OR v.vulnerability = {{name:String}} OR has(v.aliases, {{name:String}})
    ORDER BY {WORST_FIRST}
    LIMIT {MOST_ROWS}
"""  # noqa: S608  all of it is ours


class Inventory:
    """Handlers that answer from the store; 503 while it doesn't answer."""

    def __init__(self, store: Catalog) -> None:
        self._store = store

    def operations(self) -> list[Operation]:
        """What there is to ask."""
        return [
            Operation("GET", "/v1/devices/{tenant}/{device}/inventory", self.device),
            Operation("GET", "/v1/vulnerabilities", self.vulnerabilities, query=("tenant", "name")),
        ]

    async def device(self, request: Request) -> Response:
        """One device: its lifecycle, its twin setting by setting, its firmware's SBOM and known vulnerabilities (each null or empty where
        nothing was told), the worst open one first."""
        tenant, name = name_in_path(request, "tenant"), name_in_path(request, "device")
        found = await run_in_threadpool(self._device, tenant, name)
        if found is None:
            raise Problem(404, "unknown_device", "device", "no such device of this tenant")
        return answer(found)

    async def vulnerabilities(self, request: Request) -> Response:
        """Known vulnerabilities of all firmware with the devices that run it (the names of at most 1,000), the worst open one first,
        at most 1,000. `name` is a vulnerability's id or alias; `tenant` may be given several times (default: all)."""
        query = request.query_params
        tenants = [check_name(tenant, "tenant") for tenant in query.getlist("tenant")]
        name = query.get("name", "")
        if name and not IDENTIFIER.fullmatch(name):
            raise Rejected("bad_name", "name", "must be 1 to 200 printable ASCII characters")
        return answer({"vulnerabilities": await run_in_threadpool(self._vulnerabilities, tenants, name)})

    def _vulnerabilities(self, tenants: list[str], name: str) -> list[Row]:
        whose = tenants or catalog.all_tenants(self._store)
        return self._store.rows(VULNERABILITIES, {"tenants": whose, "name": name})

    def _device(self, tenant: str, name: str) -> dict[str, Any] | None:
        who = {"tenants": [tenant], "device": name}
        found = self._one("devices", OF_DEVICE, who)
        if found is None:
            return None
        of = {"tenants": [tenant], "subject": f"{found.get('model', '')}/{found.get('firmware', '')}"}
        settings = self._store.rows(
            "SELECT * FROM twin_settings(tenants = {tenants:Array(String)}, device = {device:String}) "
            "ORDER BY differs DESC, differs_since, setting",
            who,
        )
        return {
            "tenant": tenant,
            "device": name,
            "lifecycle": self._one("lifecycles", OF_DEVICE, who),
            "twin": self._one("twins", OF_DEVICE, who),
            "settings": settings,
            "sbom": self._one("sboms", OF_FIRMWARE, of),
            "vulnerabilities": self._all(
                "firmware_vulnerabilities", f"{OF_FIRMWARE} ORDER BY {WORST_FIRST} LIMIT {MOST_ROWS}", of
            ),
        }

    def _one(self, view: str, rest: str, parameters: dict[str, Any]) -> Row | None:
        return next(iter(self._all(view, rest, parameters)), None)

    def _all(self, view: str, rest: str, parameters: dict[str, Any]) -> list[Row]:
        # `view` and `rest` are ours; everything from outside is a parameter.
        source = f"{view}(tenants = {{tenants:Array(String)}}) {rest}"
        return self._store.rows(f"SELECT * FROM {source}", parameters)  # noqa: S608
