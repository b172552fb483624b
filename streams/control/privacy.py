"""Opening what is sealed for who may see it, and asking for erasure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.action import AnalystAction
from schemas.errors import Retryable
from schemas.event import Envelope
from schemas.privacy import SubjectErase, erasure_of
from streams.control import catalog
from streams.control.actions import SOURCE, Actor
from streams.control.answer import answer
from streams.control.catalog import Catalog
from streams.control.docs import Operation
from streams.control.facts import page_of
from streams.control.journal import Journal
from streams.control.listing import ERASURES
from streams.control.problem import body_of, name_in_path
from streams.control.scribe import idempotency_key
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer

MAX_TEXTS = 10_000
log = structlog.stdlib.get_logger("control")


class Unseal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of unseal: texts with tokens anywhere in them, who reads them, and why."""

    texts: Annotated[list[str], msgspec.Meta(max_length=MAX_TEXTS)]
    actor: Actor
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Erase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of erase: who asks, and on what ground (name no person there)."""

    actor: Actor
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Privacy:
    """Handlers around the subjects' keys."""

    def __init__(
        self, journal: Journal, unsealer: Unsealer, store: Catalog, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._unsealer = unsealer
        self._store = store
        self._clock = clock

    def operations(self) -> list[Operation]:
        """What the API does here."""
        return [
            Operation("POST", "/v1/unseal", self.unseal, Unseal),
            Operation("POST", "/v1/subjects/{tenant}/{device}/erase", self.erase, Erase),
            Operation(
                "GET", "/v1/erasures", self.all, query=("tenant", "device", "state", "limit", "offset")
            ),
        ]

    async def unseal(self, request: Request) -> Response:
        """The texts with each sealed token replaced by what it stands for, or by [erased]. Who asked is noted in the API's log."""
        ask = await body_of(request, Unseal)
        texts = await run_in_threadpool(self._unsealer.texts, ask.texts)
        opened = sum(before != after for before, after in zip(ask.texts, texts, strict=True))
        # Never the values.
        log.info("unsealed", actor=ask.actor, reason=ask.reason, texts=opened)
        return answer({"texts": texts})

    async def erase(self, request: Request) -> Response:
        """Erase for good what is personal about a device, up to now: its key is destroyed, then the store is purged. Can't be undone.

        `known` is false where the store has nothing of such a device, so that the name may be misspelt, and null where it does not answer;
        a key is destroyed all the same, if there is one. /v1/erasures says what became of it.
        """
        tenant, device = name_in_path(request, "tenant"), name_in_path(request, "device")
        ask = await body_of(request, Erase)
        event = erasure_of(
            tenant,
            device,
            SubjectErase(actor=ask.actor, reason=ask.reason),
            self._clock(),
            source=SOURCE,
            key=idempotency_key(request),
        )
        await run_in_threadpool(self._journal.append, [event])
        known = await run_in_threadpool(self._known, tenant, device)
        told = {"id": event.id, "type": event.type, "tenant": tenant, "device": device, "time": event.time}
        return answer({**told, "known": known}, 202)

    async def all(self, request: Request) -> Response:
        """Erasures, the newest first. `tenant` may be given several times (default: all), `state` is requested, destroyed (nothing can be
        read any more), erased or unknown (there was nothing of such a device)."""
        page = page_of(request, ERASURES)
        rows = await run_in_threadpool(ERASURES.rows, self._store, page)
        return answer({ERASURES.view: rows, "limit": page.limit, "offset": page.offset})

    def _known(self, tenant: str, device: str) -> bool | None:
        try:
            return catalog.is_known(self._store, tenant, device)
        except Retryable as error:
            log.warning("acting without the store's advice", problem=str(error))
            return None


class SealingJournal:
    """A journal that seals what people wrote about a device before it is written; otherwise as the one it wraps. For any thread."""

    def __init__(self, journal: Journal, sealer: Sealer) -> None:
        self._journal = journal
        self._sealer = sealer
        self._lock = threading.Lock()

    def append(self, envelopes: Iterable[Envelope]) -> None:
        """See Journal."""
        with self._lock:
            sealed = [self._sealed(envelope) for envelope in envelopes]
        self._journal.append(sealed)

    def rollouts(self, start: int) -> Iterator[tuple[int, Envelope]]:
        """See Journal."""
        return self._journal.rollouts(start)

    def action(self, action: AnalystAction, tenant: str, device: str) -> AnalystAction:
        """An action on a device with what people wrote about it sealed."""
        with self._lock:
            return self._sealer.data(action, tenant, device)

    def _sealed(self, envelope: Envelope) -> Envelope:
        return self._sealer.seal(envelope) if isinstance(envelope.data, AnalystAction) else envelope
