"""Dead letters over HTTP: look, put back, drop, as `python -m streams.dead_letters` does, each settlement an event with its actor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Fatal, Rejected
from schemas.event import Time, parse_time
from streams.control.answer import answer
from streams.control.docs import Operation
from streams.control.problem import Problem, body_of, identifier_in_path
from streams.dead_letters import settlement, shown
from streams.dead_letters.letter import STATES, Selection
from streams.dead_letters.outcome import Outcome
from streams.dead_letters.queue import Found, find
from streams.dead_letters.repair import Repair
from streams.sealing.unsealer import Unsealer

LISTS = {
    "id": "ids",
    "code": "codes",
    "process": "processes",
    "field": "fields",
    "tenant": "tenants",
    "device": "devices",
}
QUERY = (*LISTS, "since", "until", "state", "limit")
MOST = 1000
Texts = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which open letters, as in the list; who asks and why. `apply` false only says what would be done.

    Where nothing else selects, `all` must be true. At most `limit` are settled, the oldest.
    """

    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    ids: Texts = ()
    codes: Texts = ()
    processes: Texts = ()
    fields: Texts = ()
    tenants: Texts = ()
    devices: Texts = ()
    since: Time | None = None
    until: Time | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 100
    all: bool = False
    apply: bool = True

    @property
    def selection(self) -> Selection:
        """The letters meant."""
        sets: dict[str, Any] = {
            name: frozenset(getattr(self, name)) for name in LISTS.values() if name != "ids"
        }
        return Selection(ids=self.ids, since=self.since, until=self.until, **sets)


class Reinjection(Settlement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A settlement that puts letters back: first `set` paths of their JSON to values and `remove` paths from it.

    `keep_going` leaves out what can't be put back instead of stopping at the first.
    """

    set: dict[str, Any] = {}
    remove: Texts = ()
    keep_going: bool = False


class Letters:
    """Handlers that read and settle dead letters on the log itself, not in the store: what they say is never behind.

    Each reads the topic from its beginning (about 100,000 letters a second). 409 where somebody else settles letters at the same moment.
    """

    def __init__(self, bootstrap: str, unsealer: Unsealer, clock: Callable[[], datetime]) -> None:
        self._bootstrap = bootstrap
        self._unsealer = unsealer
        self._clock = clock

    def operations(self) -> list[Operation]:
        """The routes."""
        return [
            Operation("GET", "/v1/dead-letters", self.letters, query=QUERY),
            Operation("GET", "/v1/dead-letters/{letter}", self.show),
            Operation("POST", "/v1/dead-letters/reinject", self.reinject, Reinjection),
            Operation("POST", "/v1/dead-letters/drop", self.drop, Settlement),
        ]

    async def letters(self, request: Request) -> Response:
        """Dead letters, the oldest first. `state` is open (default), reinjected, refused-again, dropped or any; others as the CLI's."""
        query = request.query_params
        states = query.getlist("state") or ["open"]
        for state in states:
            if state not in (*STATES, "any"):
                raise Rejected("bad_value", "state", f"must be {', '.join(STATES)} or any")
        sets: dict[str, Any] = {LISTS[name]: frozenset(query.getlist(name)) for name in LISTS if name != "id"}
        selection = Selection(
            ids=tuple(query.getlist("id")),
            since=parse_time(query["since"], "since") if query.get("since") else None,
            until=parse_time(query["until"], "until") if query.get("until") else None,
            states=frozenset() if "any" in states else frozenset(states),
            **sets,
        )
        return answer(shown.listing(await self._find(selection, _limit(query.get("limit", "100")))))

    async def show(self, request: Request) -> Response:
        """One letter by its id or the beginning of one, with its bytes in base64 where they are `readable`."""
        start = identifier_in_path(request, "letter")
        found = await self._find(Selection(ids=(start,), states=frozenset()), 2)
        one = found.named(start)
        if one is None and found.letters:
            raise Problem(
                409, "ambiguous", "letter", f"{found.matching} letters begin so; give more of the id"
            )
        if one is None:
            raise Problem(404, "unknown_letter", "letter", "no dead letter has this id")
        return answer(shown.document(one, with_bytes=True))

    async def reinject(self, request: Request) -> Response:
        """Put open letters back to telemetry.raw, repaired where asked, once each; ingest then takes or refuses them anew."""
        asked = await body_of(request, Reinjection)
        repair = Repair(None, tuple(asked.set.items()), asked.remove)
        return await self._settle(asked, repair, keep_going=asked.keep_going)

    async def drop(self, request: Request) -> Response:
        """Mark open letters as settled, once each; their bytes stay on the log."""
        return await self._settle(await body_of(request, Settlement), None)

    async def _find(self, selection: Selection, limit: int) -> Found:
        return await run_in_threadpool(find, self._bootstrap, selection, limit, self._unsealer)

    async def _settle(
        self, asked: Settlement, repair: Repair | None, *, keep_going: bool = False
    ) -> Response:
        wanted = settlement.Request(
            asked.selection, asked.actor, asked.comment, asked.limit, asked.all, asked.apply
        )

        def settle() -> Outcome:
            return settlement.settle(
                self._bootstrap, wanted, self._unsealer, repair, keep_going=keep_going, now=self._clock
            )

        try:
            outcome = await run_in_threadpool(settle)
        except Fatal as error:
            raise Problem(409, "taken_over", "", f"{error}; nothing more was done, ask again") from None
        return answer(outcome.document())


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise Rejected("bad_value", "limit", f"must be a whole number from 1 to {MOST}")
    return int(text)
