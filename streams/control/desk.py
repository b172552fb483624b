"""What analysts ask for: acknowledge, judge, approve, reject, hold, reinstate, and what becomes of exceptions."""

from __future__ import annotations

from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from detectors.feedback import exceptions
from schemas.errors import Rejected
from schemas.event import rfc3339
from streams.control import actions, catalog, lessons
from streams.control.catalog import Row, Weighing
from streams.control.problem import Problem, body_of, identifier_in_path, name_in_path
from streams.control.scribe import Asked, Scribe


class Desk(Scribe):
    """Handlers of what analysts ask for."""

    async def acknowledge(self, request: Request) -> Response:
        """Take an alert into work, with `whole` all parts of its incident. 404 where there is no such alert."""
        name = identifier_in_path(request, "alert")
        ask = await body_of(request, actions.Taking)
        await self.known(request, catalog.alert, name, "alert")
        parts = await self._parts(request, name, whole=ask.whole)
        return await self.write_all(
            request, [(device, actions.acknowledge(alert, ask)) for device, alert in parts]
        )

    async def judge(self, request: Request) -> Response:
        """Give the verdict on an alert, which closes it, with `whole` on all parts of its incident. 404 where there is no such alert.

        What it says of findings like this is told to the tenant's devices elsewhere as well.
        """
        name = identifier_in_path(request, "alert")
        ask = await body_of(request, actions.Judgement)
        row = await self.known(request, catalog.alert, name, "alert")
        parts = await self._parts(request, name, whole=ask.whole)
        asked: list[Asked] = [(device, actions.judge(alert, ask)) for device, alert in parts]
        return await self.write_all(request, asked, await self._told(request, row, ask, parts))

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
        return await self.write(request, actions.accept(name, ask))

    async def reject_exception(self, request: Request) -> Response:
        """Reject a proposed exception. 404 where there is none, 409 where it does not wait for a person."""
        name = identifier_in_path(request, "exception")
        ask = await body_of(request, actions.Ask)
        await self._exception(request, name, ("proposed", "rejected"))
        return await self.write(request, actions.refuse(name, "reject", ask))

    async def end_exception(self, request: Request) -> Response:
        """End an accepted exception: what it covered opens alerts again. 404 where there is none, 409 where it is not accepted."""
        name = identifier_in_path(request, "exception")
        ask = await body_of(request, actions.Ask)
        await self._exception(request, name, ("accepted", "ended"))
        return await self.write(request, actions.refuse(name, "end", ask))

    async def hold(self, request: Request) -> Response:
        """Stop a device's credential until somebody reinstates it; nothing changes where it is held. 404 where there is no such device.

        409 where it was revoked, which is for ever.
        """
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        ask = await body_of(request, actions.Holding)
        await self.known(request, lambda store, *_: catalog.device(store, tenant, device), device, "device")
        row = await self._unrevoked(tenant, device)
        return await self.write(
            request, actions.hold(ask), about=f"{row['wanted']} {row['held_by']}" if row else ""
        )

    async def reinstate(self, request: Request) -> Response:
        """Let a held credential work again. 409 where it was revoked, which is for ever."""
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        ask = await body_of(request, actions.Ask)
        row = await self._unrevoked(tenant, device)
        return await self.write(request, actions.reinstate(ask), about=_reaction_to(row))

    async def _unrevoked(self, tenant: str, device: str) -> Row | None:
        """How a device's credential stands, None where nothing was decided about it or the store does not say; 409 where it was revoked."""
        row = await self.look(lambda: catalog.credential(self.store, tenant, device), None)
        if row and row["wanted"] == "revoked":
            reason = "the credential was revoked, which is for ever; enroll the device again"
            raise Problem(409, "revoked", "device", reason)
        return row

    async def _settle(self, request: Request, reply: Literal["approve", "reject"]) -> Response:
        name = identifier_in_path(request, "decision")
        ask = await body_of(request, actions.Ask)
        row = await self.known(request, catalog.decision, name, "decision")
        settled = {"approve": "approved", "reject": "rejected"}[reply]
        if row and row["state"] not in ("proposed", settled):
            raise Problem(409, "not_proposed", "decision", f"is {row['state']} already and waits for nobody")
        return await self.write(request, actions.settle(name, reply, ask))

    async def _exception(self, request: Request, name: str, states: tuple[str, str]) -> Row | None:
        row = await self.known(request, catalog.exception, name, "exception")
        if row and row["state"] not in states:
            raise Problem(409, f"not_{states[0]}", "exception", f"is {row['state']}, not {states[0]}")
        return row

    async def _parts(self, request: Request, name: str, *, whole: bool) -> list[tuple[str, str]]:
        """Device and alert of what an action is about, the alert that was named first. 503 where the store can't say what `whole` is."""
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        found = await run_in_threadpool(catalog.parts, self.store, tenant, name) if whole else []
        return [(device, name), *(one for one in found if one != (device, name))]

    async def _told(
        self, request: Request, row: Row | None, ask: actions.Judgement, parts: list[tuple[str, str]]
    ) -> list[Asked]:
        """What other partitions are told of a verdict; nothing while the store doesn't say what it is about: they know less then."""
        tenant, name = name_in_path(request, "tenant"), identifier_in_path(request, "alert")
        if row is None:
            return []
        nothing: list[Weighing] = []
        found = await self.look(lambda: catalog.weighed(self.store, tenant, name), nothing)
        shared = lessons.share(row, ask.verdict, found)
        subjects = lessons.others(tenant, [device for device, _ in parts]) if shared else []
        return [(subject, shared) for subject in subjects if shared]


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
