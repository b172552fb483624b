"""What analysts ask for: acknowledge, judge, approve, reject, reinstate, and what becomes of exceptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from detectors.feedback import exceptions
from schemas.action import AnalystAction
from schemas.errors import Rejected, Retryable
from schemas.event import Envelope, rfc3339
from streams.control import actions, catalog
from streams.control.actions import Seal, unsealed
from streams.control.answer import answer
from streams.control.catalog import Catalog, Row
from streams.control.journal import Journal
from streams.control.problem import IDENTIFIER, Problem, body_of, identifier_in_path, name_in_path

log = structlog.stdlib.get_logger("control")


class Desk:
    """Handlers that turn a request into one event on `analyst-actions`.

    What the store knows is used to refuse what can't be meant; while it doesn't answer the action is written all the same, because
    cutting a device off or letting it back in must not wait for a projection.
    """

    def __init__(
        self, journal: Journal, store: Catalog, clock: Callable[[], datetime], seal: Seal = unsealed
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._seal = seal

    async def acknowledge(self, request: Request) -> Response:
        """Take an alert into work. 404 where there is no such alert."""
        name = identifier_in_path(request, "alert")
        ask = await body_of(request, actions.Ask)
        await self._known(request, catalog.alert, name, "alert")
        return await self._write(request, actions.acknowledge(name, ask))

    async def judge(self, request: Request) -> Response:
        """Give the verdict on an alert, which closes it. 404 where there is no such alert."""
        name = identifier_in_path(request, "alert")
        ask = await body_of(request, actions.Judgement)
        await self._known(request, catalog.alert, name, "alert")
        return await self._write(request, actions.judge(name, ask))

    async def approve(self, request: Request) -> Response:
        """Approve a proposed decision, which is then enforced. 404 where there is none, 409 where it does not wait for a person."""
        return await self._settle(request, "approve")

    async def reject(self, request: Request) -> Response:
        """Reject a proposed decision. 404 where there is none, 409 where it does not wait for a person."""
        return await self._settle(request, "reject")

    async def accept_exception(self, request: Request) -> Response:
        """Accept a proposed exception; `limit` and `until` may only narrow it. 404 where there is none, 409 where it does not wait."""
        name = identifier_in_path(request, "exception")
        ask = await body_of(request, actions.Acceptance)
        row = await self._exception(request, name, ("proposed", "accepted"))
        _check_narrower(row, ask)
        return await self._write(request, actions.accept(name, ask))

    async def reject_exception(self, request: Request) -> Response:
        """Reject a proposed exception. 404 where there is none, 409 where it does not wait for a person."""
        name = identifier_in_path(request, "exception")
        ask = await body_of(request, actions.Ask)
        await self._exception(request, name, ("proposed", "rejected"))
        return await self._write(request, actions.refuse(name, "reject", ask))

    async def end_exception(self, request: Request) -> Response:
        """End an accepted exception: what it covered opens alerts again. 404 where there is none, 409 where it is not accepted."""
        name = identifier_in_path(request, "exception")
        ask = await body_of(request, actions.Ask)
        await self._exception(request, name, ("accepted", "ended"))
        return await self._write(request, actions.refuse(name, "end", ask))

    async def reinstate(self, request: Request) -> Response:
        """Let a held credential work again. 409 where it was revoked, which is for ever."""
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        ask = await body_of(request, actions.Ask)
        row = await self._look(lambda: catalog.credential(self._store, tenant, device))
        if row and row["wanted"] == "revoked":
            raise Problem(
                409,
                "revoked",
                "device",
                "the credential was revoked, which is for ever; enroll the device again",
            )
        return await self._write(request, actions.reinstate(ask), about=_reaction_to(row))

    async def _settle(self, request: Request, reply: Literal["approve", "reject"]) -> Response:
        name = identifier_in_path(request, "decision")
        ask = await body_of(request, actions.Ask)
        row = await self._known(request, catalog.decision, name, "decision")
        settled = {"approve": "approved", "reject": "rejected"}[reply]
        if row and row["state"] not in ("proposed", settled):
            raise Problem(409, "not_proposed", "decision", f"is {row['state']} already and waits for nobody")
        return await self._write(request, actions.settle(name, reply, ask))

    async def _exception(self, request: Request, name: str, states: tuple[str, str]) -> Row | None:
        row = await self._known(request, catalog.exception, name, "exception")
        if row and row["state"] not in states:
            raise Problem(409, f"not_{states[0]}", "exception", f"is {row['state']}, not {states[0]}")
        return row

    async def _known(
        self, request: Request, find: Callable[[Catalog, str, str, str], Row | None], name: str, field: str
    ) -> Row | None:
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        unavailable: Row = {}
        row = await self._look(lambda: find(self._store, tenant, device, name), unavailable)
        if row is None:
            raise Problem(
                404,
                f"unknown_{field}",
                field,
                f"no such {field} of this device (a new one is known within a second)",
            )
        return row or None

    async def _look(self, ask: Callable[[], Row | None], unavailable: Row | None = None) -> Row | None:
        try:
            return await run_in_threadpool(ask)
        except Retryable as error:
            log.warning("acting without the store's advice", problem=str(error))
            return unavailable

    async def _write(self, request: Request, action: AnalystAction, about: str = "") -> Response:
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        sealed = await run_in_threadpool(self._seal, action, tenant, device)
        event = actions.event_of(
            sealed, tenant, device, self._clock(), key=idempotency_key(request), about=about
        )
        await run_in_threadpool(self._journal.append, [event])
        return answer(_receipt(event), 202)


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key header, empty where there is none; Rejected where it is longer than 200 characters or not printable ASCII."""
    key = request.headers.get("idempotency-key", "")
    if key and not IDENTIFIER.fullmatch(key):
        raise Rejected(
            "bad_header", "Idempotency-Key", "must be 1 to 200 printable ASCII characters without spaces"
        )
    return key


def _reaction_to(credential: Row | None) -> str:
    """What a reinstatement reacts to: the newest hold; after it took effect, still that hold, so that asking again changes nothing."""
    return credential["held_by"] if credential else ""


def _check_narrower(row: Row | None, ask: actions.Acceptance) -> None:
    """What triage would refuse anyway is refused at once, where the store knows the exception."""
    if not row or row["state"] != "proposed":
        return
    wider = ask.limit is not None and exceptions.is_wider(
        row["metric"], row["direction"], row["limit"], ask.limit
    )
    if wider:
        raise Rejected("too_wide", "limit", f"may not go beyond {row['limit']:g}, which is what was judged")
    if ask.until is not None and ask.until > row["until"]:
        raise Rejected("too_long", "until", f"may not be later than {rfc3339(row['until'])}")


def _receipt(event: Envelope) -> Row:
    return {
        "id": event.id,
        "type": event.type,
        "tenant": event.tenant,
        "device": event.subject,
        "time": event.time,
    }
