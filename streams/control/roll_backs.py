"""Rolling models back over HTTP: asked for as `python -m streams.detection.roll_back` does, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Retryable
from schemas.event import Time, rfc3339
from schemas.ids import derive
from schemas.roll_back import RollBack
from streams.control import catalog
from streams.control.actions import Actor
from streams.control.answer import answer
from streams.control.catalog import Catalog
from streams.control.docs import Operation
from streams.control.facts import page_of
from streams.control.listing import ROLL_BACKS
from streams.control.problem import Problem, body_of, check_name
from streams.control.scribe import idempotency_key
from streams.log.roll_backs import roll_back

# Puts a roll-back on the log and says in which partitions; Retryable where the log does not take it.
Put = Callable[[RollBack], list[int]]
log = structlog.stdlib.get_logger("control")


class Forgetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall teach nothing: reports and flows of `tenant`, or one `device` of it, with event times from `since` up to without `until`.

    Both ends are needed: then the same request twice is the same roll-back. Name no person in `reason`.
    """

    tenant: str
    device: str = ""
    since: Time
    until: Time
    actor: Actor
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RollBacks:
    """Handlers that ask for roll-backs and list them; detection takes them where they stand among reports and security events."""

    def __init__(self, put: Put, store: Catalog) -> None:
        self._put = put
        self._store = store

    def operations(self) -> list[Operation]:
        """The routes."""
        return [
            Operation("POST", "/v1/roll-backs", self.ask, Forgetting),
            Operation(
                "GET", "/v1/roll-backs", self.all, query=("tenant", "device", "state", "limit", "offset")
            ),
        ]

    async def ask(self, request: Request) -> Response:
        """Let detection learn its telemetry again without these reports. 404 where nobody knows the device. What was found stays found.

        A worker judges nothing while it learns a partition again. The list has it at once, a row a partition named for reports and one for
        flows; it is done once all of them are.
        """
        body = await body_of(request, Forgetting)
        check_name(body.tenant, "tenant")
        if body.device:
            check_name(body.device, "device")
            await self._check_known(body.tenant, body.device)
        asked = _asked(body, idempotency_key(request))
        numbers = await run_in_threadpool(self._put, asked)
        log.info("roll-back asked", id=asked.id, tenant=asked.tenant, device=asked.device, actor=asked.actor)
        return answer({"id": asked.id, "partitions": numbers, **msgspec.to_builtins(body)}, 202)

    async def all(self, request: Request) -> Response:
        """Roll-backs, a row a partition for reports and one for flows: what is not done first, then the newest. `state` is asked or done.

        What is `asked` waits until detection has done the `ahead` earlier ones there; with none ahead it is next or under way. `tenant` may
        be given several times (default: all).
        """
        page = page_of(request, ROLL_BACKS)
        rows = await run_in_threadpool(ROLL_BACKS.rows, self._store, page)
        return answer({ROLL_BACKS.view: rows, "limit": page.limit, "offset": page.offset})

    async def _check_known(self, tenant: str, device: str) -> None:
        """Refuse what is only misspelt; a store that does not answer is no reason not to act."""
        try:
            row = await run_in_threadpool(catalog.device, self._store, tenant, device)
        except Retryable as error:
            log.warning("acting without the store's advice", problem=str(error))
            return
        if row is None:
            raise Problem(404, "unknown_device", "device", "no such device of this tenant")


def _asked(body: Forgetting, key: str) -> RollBack:
    said = (rfc3339(body.since), rfc3339(body.until), body.actor, body.reason)
    name = derive("roll-back", body.tenant, body.device, *(("key", key) if key else ("request", *said)))
    return roll_back(name, body.tenant, body.device, body.since, body.until, body.actor, body.reason)
