"""What the API only reads: alerts, one device, and whether Vedette's parts answer."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Rejected, VedetteError
from streams.control import catalog
from streams.control.answer import answer
from streams.control.catalog import Catalog, Row
from streams.control.listing import ALERTS, EXCEPTIONS, INCIDENTS, ROLLOUTS, Listing, Page
from streams.control.problem import Problem, check_name, name_in_path

MAX_LIMIT = 1000


class Facts:
    """Handlers that answer from the store; 503 while it doesn't answer."""

    def __init__(self, store: Catalog) -> None:
        self._store = store

    async def alerts(self, request: Request) -> Response:
        """Alerts, what needs work first. `tenant` may be given several times (default: all), `status` is open, acknowledged or closed."""
        return await self._listed(ALERTS, request)

    async def incidents(self, request: Request) -> Response:
        """What a person works on, what needs work first: an alert, or the alerts about one lost site or one cohort as one (`parts`).
        `tenant` may be given several times (default: all), `status` is open, acknowledged or closed."""
        return await self._listed(INCIDENTS, request)

    async def exceptions(self, request: Request) -> Response:
        """Exceptions, the newest first. `tenant` may be given several times (default: all), `state` is proposed, superseded, accepted,
        rejected or ended."""
        return await self._listed(EXCEPTIONS, request)

    async def rollouts(self, request: Request) -> Response:
        """Rollouts, what goes on first, then what changed last: each with its policy, its last stage, its state and what the gate says.
        `tenant` may be given several times (default: all), `device` is one in an arm of a stage, `state` is defined, running, waiting
        (for its next stage), promoted, rolled_back or stopped."""
        return await self._listed(ROLLOUTS, request)

    async def rollout(self, request: Request) -> Response:
        """One rollout as the list has it, with each stage that has started: its devices, what was done with it and what the gate says.

        404 where there is none; one just defined may take a second to get here. Ask the stage's gate whether it may go on.
        """
        tenant, name = name_in_path(request, "tenant"), name_in_path(request, "rollout")
        found = await run_in_threadpool(catalog.rollout, self._store, tenant, name)
        if found is None:
            raise Problem(404, "unknown_rollout", "rollout", "no such rollout of this tenant")
        return answer(found)

    async def device(self, request: Request) -> Response:
        """One device: who it is, when it was last seen, its newest measurements, its credential and its open alerts."""
        tenant, name = name_in_path(request, "tenant"), name_in_path(request, "device")
        found = await run_in_threadpool(self._device, tenant, name)
        if found is None:
            raise Problem(404, "unknown_device", "device", "no such device of this tenant")
        return answer(found)

    async def health(self, request: Request) -> Response:
        """Whether the API runs (always 200 if it does) and whether the store answers it."""
        try:
            await run_in_threadpool(self._store.rows, "SELECT 1", {})
            store = "ok"
        except VedetteError as error:
            store = str(error)
        return answer({"status": "ok" if store == "ok" else "degraded", "store": store})

    async def _listed(self, listing: Listing, request: Request) -> Response:
        page = page_of(request, listing)
        found = await run_in_threadpool(listing.rows, self._store, page)
        return answer({listing.view: found, "limit": page.limit, "offset": page.offset})

    def _device(self, tenant: str, name: str) -> Row | None:
        row = catalog.device(self._store, tenant, name)
        if row is None:
            return None
        alerts = ALERTS.rows(self._store, Page((tenant,), name))
        standing = catalog.credential(self._store, tenant, name)
        return {**row, "credential": standing, "alerts": [a for a in alerts if a["status"] != "closed"]}


def page_of(request: Request, listing: Listing) -> Page:
    """The page of a listing that a request asks for; Rejected names what it may not ask."""
    query = request.query_params
    tenants = [check_name(tenant, "tenant") for tenant in query.getlist("tenant")]
    device = check_name(query["device"], "device") if query.get("device") else ""
    state = query.get(listing.column, "") if listing.column else ""
    if state and state not in listing.states:
        raise Rejected("bad_value", listing.column, f"must be one of {', '.join(listing.states)}")
    limit, offset = _number(request, "limit", 100, MAX_LIMIT), _number(request, "offset", 0, 1_000_000)
    return Page(tenants, device, state, limit, offset)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise Rejected("bad_value", name, f"must be a whole number from 0 to {most}")
    return int(text)
