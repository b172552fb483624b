"""What a handler of actions needs: the store's advice, and the way to the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.action import AnalystAction
from schemas.errors import Rejected, Retryable
from schemas.event import Envelope
from streams.control import actions
from streams.control.actions import Seal, unsealed
from streams.control.answer import answer
from streams.control.catalog import Catalog, Row
from streams.control.journal import Journal
from streams.control.problem import IDENTIFIER, Problem, name_in_path

Found = TypeVar("Found")
# A device and what is done about it.
Asked = tuple[str, AnalystAction]
log = structlog.stdlib.get_logger("control")


class Scribe:
    """Turns what was asked for into events on `analyst-actions`.

    What the store knows is used to refuse what can't be meant; while it doesn't answer the action is written all the same, because
    cutting a device off or letting it back in must not wait for a projection.
    """

    def __init__(
        self, journal: Journal, store: Catalog, clock: Callable[[], datetime], seal: Seal = unsealed
    ) -> None:
        self._journal = journal
        self.store = store
        self._clock = clock
        self._seal = seal

    async def known(
        self, request: Request, find: Callable[[Catalog, str, str, str], Row | None], name: str, field: str
    ) -> Row | None:
        """What the store knows of the thing an action is about, None while it doesn't answer; 404 where there is none."""
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        unavailable: Row | None = {}
        row = await self.look(lambda: find(self.store, tenant, device, name), unavailable)
        if row is None:
            raise Problem(
                404,
                f"unknown_{field}",
                field,
                f"no such {field} of this device (a new one is known within a second)",
            )
        return row or None

    async def look(self, ask: Callable[[], Found], unavailable: Found) -> Found:
        """What the store says, `unavailable` while it doesn't answer."""
        try:
            return await run_in_threadpool(ask)
        except Retryable as error:
            log.warning("acting without the store's advice", problem=str(error))
            return unavailable

    async def write(self, request: Request, action: AnalystAction, about: str = "") -> Response:
        """Write an action on the device in the path."""
        return await self.write_all(request, [(name_in_path(request, "device"), action)], about=about)

    async def write_all(
        self,
        request: Request,
        asked: list[tuple[str, AnalystAction]],
        told: list[tuple[str, AnalystAction]] | None = None,
        about: str = "",
    ) -> Response:
        """Write an action on each of some devices, and what others are told of it; the answer is about the first, and names all ids."""
        key = idempotency_key(request)
        events = [
            await self._event(request, device, action, _key_of(key, place), about)
            for place, (device, action) in enumerate(asked)
        ]
        shared = [await self._event(request, device, action, key, about) for device, action in told or []]
        await run_in_threadpool(self._journal.append, [*events, *shared])
        return answer({**_receipt(events[0]), "actions": [one.id for one in events]}, 202)

    async def _event(
        self, request: Request, device: str, action: AnalystAction, key: str, about: str
    ) -> Envelope:
        tenant = name_in_path(request, "tenant")
        sealed = await run_in_threadpool(self._seal, action, tenant, device)
        return actions.event_of(sealed, tenant, device, self._clock(), key=key, about=about)


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key header, empty where there is none; Rejected where it is longer than 200 characters or not printable ASCII."""
    key = request.headers.get("idempotency-key", "")
    if key and not IDENTIFIER.fullmatch(key):
        raise Rejected(
            "bad_header", "Idempotency-Key", "must be 1 to 200 printable ASCII characters without spaces"
        )
    return key


def _key_of(key: str, place: int) -> str:
    """The key of one of several actions of a request: two of them may be on one device."""
    return f"{key} {place}" if key and place else key


def _receipt(event: Envelope) -> Row:
    return {
        "id": event.id,
        "type": event.type,
        "tenant": event.tenant,
        "device": event.subject,
        "time": event.time,
    }
