"""What the API tells of the past: a moment as it was known then and as it is known now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.as_of.comparison import compared
from schemas.as_of.moment import moment_of
from schemas.as_of.question import KINDS, Kind, question_of
from schemas.errors import Rejected
from streams.control import catalog
from streams.control.answer import answer
from streams.control.catalog import Catalog
from streams.control.docs import Operation
from streams.control.problem import IDENTIFIER, Problem, check_name

MISSING = frozenset({"unknown_subject", "unknown_id"})


class Past:
    """Handlers that ask the store about the past; 503 while it doesn't answer."""

    def __init__(self, store: Catalog, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def operations(self) -> list[Operation]:
        """What there is to ask."""
        query = ("name", "tenant", "at", "known", "when_decided")
        return [Operation("GET", "/v1/as-of/{kind}", self.compare, query=query)]

    async def compare(self, request: Request) -> Response:
        """How a device, credential, alert, rollout (by `name`) or fleet stood at event time `at`: as `known` then and as it is known now.

        `at` and `known` are RFC 3339, "10m ago", now, or the id of an event, decision or alert; `known` is `at` by default. `when_decided`
        is a decision's id and means the moment the log had it. `tenant` may be given several times (default: all).
        """
        kind = _kind(request.path_params["kind"])
        query = request.query_params
        name = query.get("name", "")
        if name and not IDENTIFIER.fullmatch(name):
            raise Rejected("bad_name", "name", "must be 1 to 200 printable ASCII characters")
        tenants = [check_name(tenant, "tenant") for tenant in query.getlist("tenant")]
        when = {part: query.get(part, "") for part in ("at", "known", "when_decided")}
        return answer(await run_in_threadpool(self._compared, kind, name, tenants, when))

    def _compared(self, kind: Kind, name: str, tenants: list[str], when: dict[str, str]) -> dict[str, Any]:
        ask, now = self._store.rows, self._clock()
        whose = tenants or catalog.all_tenants(self._store)
        decided = when["when_decided"]
        try:
            question = question_of(ask, kind, whose, name, when_decided=decided)
            moment = moment_of(
                ask, list(question.tenants), when["at"], when["known"], now, when_decided=decided
            )
        except Rejected as error:
            if error.code in MISSING:
                raise Problem(404, error.code, error.field, error.reason) from None
            raise
        return compared(ask, question, moment, now).plain()


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise Problem(404, "not_found", "kind", f"must be one of {', '.join(KINDS)}")
