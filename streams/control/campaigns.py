"""What rollout controllers ask for: define a rollout, start and finish its stages, ask its gate."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Rejected, Retryable
from schemas.event import Envelope
from streams.control import catalog, gate
from streams.control.answer import answer
from streams.control.campaign import Campaign, Stage
from streams.control.catalog import Catalog
from streams.control.journal import Journal
from streams.control.plan import Definition, StageEnd, StagePlan
from streams.control.problem import Problem, body_of, check_name, name_in_path


class Campaigns:
    """Handlers for rollouts. What they know is the fold of the topic `rollouts`, brought up to date before each answer."""

    def __init__(self, journal: Journal, store: Catalog, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._folded: dict[tuple[str, str], Campaign] = {}
        self._next = 0
        self._lock = threading.Lock()

    async def define(self, request: Request) -> Response:
        """Define a rollout under an id of your choice. 409 where the id is taken by a different one."""
        body = await body_of(request, Definition)
        tenant, rollout = check_name(body.tenant, "tenant"), check_name(body.rollout, "rollout")
        written = await self._change(tenant, rollout, lambda campaign: campaign.define(body, self._clock()))
        return answer({"tenant": tenant, "rollout": rollout, "events": written}, 201 if written else 200)

    async def start(self, request: Request) -> Response:
        """Assign devices to the arms of a stage and start it. 409 before the stage's turn or where it was started with other devices."""
        tenant, rollout, number = _stage_in_path(request)
        plan = await body_of(request, StagePlan)
        written = await self._change(tenant, rollout, lambda c: c.start(number, plan, self._clock()))
        told = {"treatment": len(plan.treatment), "control": len(plan.control), "events": written}
        return answer(
            {"tenant": tenant, "rollout": rollout, "stage": number, **told}, 201 if written else 200
        )

    async def finish(self, request: Request) -> Response:
        """Say what was done with a stage. `promoted` is taken only while its gate says PROMOTE (409)."""
        tenant, rollout, number = _stage_in_path(request)
        end = await body_of(request, StageEnd)
        if end.outcome == "promoted":
            await run_in_threadpool(self._check_promoted, tenant, rollout, number)
        written = await self._change(tenant, rollout, lambda c: c.finish(number, end, self._clock()))
        told = {"outcome": end.outcome, "events": written}
        return answer(
            {"tenant": tenant, "rollout": rollout, "stage": number, **told}, 201 if written else 200
        )

    async def gate(self, request: Request) -> Response:
        """May the stage go on? PROMOTE, HOLD, ROLLBACK or INVALID with the numbers; HOLD with the reason while nothing is known.

        With `max_age_s` a PROMOTE that rests on older data is a HOLD.
        """
        tenant, rollout, number = _stage_in_path(request)
        max_age_s = _max_age(request.query_params.get("max_age_s"))
        told = await run_in_threadpool(self._ask_gate, tenant, rollout, number, max_age_s)
        return answer({"tenant": tenant, "rollout": rollout, "stage": number, **told})

    async def _change(self, tenant: str, rollout: str, change: Callable[[Campaign], list[Envelope]]) -> int:
        def act() -> int:
            # One change at a time, each seeing all before it: two requests can't both start a stage.
            with self._lock:
                events = change(self._current(tenant, rollout))
                self._journal.append(events)
                return len(events)

        return await run_in_threadpool(act)

    def _current(self, tenant: str, rollout: str) -> Campaign:
        for offset, event in self._journal.rollouts(self._next):
            campaign = self._folded.setdefault(
                (event.tenant, event.subject), Campaign(event.tenant, event.subject)
            )
            campaign.fold(event)
            self._next = offset + 1
        return self._folded.get((tenant, rollout)) or Campaign(tenant, rollout)

    def _ask_gate(self, tenant: str, rollout: str, number: int, max_age_s: float | None) -> dict[str, Any]:
        with self._lock:
            campaign = self._current(tenant, rollout)
            campaign.check_stage(number)
            stage = campaign.stages.get(number, Stage())
        try:
            verdict = catalog.verdict(self._store, tenant, rollout, number)
        except Retryable as error:
            raise Problem(503, "unavailable", "", str(error), outcome="HOLD") from None
        return gate.answer(stage, verdict, self._clock(), max_age_s)

    def _check_promoted(self, tenant: str, rollout: str, number: int) -> None:
        with self._lock:
            finished = self._current(tenant, rollout).stages.get(number, Stage()).finished
        if finished is not None:
            return  # a repeated request, or one that conflicts and will be told so
        told = self._ask_gate(tenant, rollout, number, None)
        if told["outcome"] != "PROMOTE":
            raise Problem(409, "not_promoted", "outcome", f"the gate says: {told['explanation']}")


def _stage_in_path(request: Request) -> tuple[str, str, int]:
    return name_in_path(request, "tenant"), name_in_path(request, "rollout"), request.path_params["stage"]


def _max_age(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise Rejected("bad_value", "max_age_s", "must be a number of seconds")
    return seconds
