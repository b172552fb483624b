"""The control API as one ASGI application: routes, authentication, errors, metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import Fatal, Rejected, Retryable
from streams.control import docs
from streams.control.actions import Acceptance, Ask, Holding, Judgement, Seal, Taking, unsealed
from streams.control.answer import answer
from streams.control.campaigns import Campaigns
from streams.control.catalog import Catalog
from streams.control.desk import Desk
from streams.control.docs import Operation
from streams.control.facts import Facts
from streams.control.inventory import Inventory
from streams.control.journal import Journal
from streams.control.metrics import Metrics
from streams.control.past import Past
from streams.control.plan import Definition, StageEnd, StagePlan
from streams.control.problem import Problem, problem_of, response
from streams.control.token import allows

VERSION = "1"
log = structlog.stdlib.get_logger("control")


def app_of(
    journal: Journal,
    store: Catalog,
    token: str,
    clock: Callable[[], datetime],
    metrics: Metrics,
    more: Sequence[Operation] = (),
    seal: Seal = unsealed,
) -> Starlette:
    """The application, writing to `journal`, reading from `store`; everything below /v1 needs `token`.

    `more` are operations that need something else, such as the log itself. `seal` is what the journal does to people's words, so that
    ids derived from them tell nothing.
    """
    described = [*_operations(journal, store, clock, seal), *more]
    operations = [*described, *_open_operations(described, metrics, store)]
    routes = [
        Route(o.path, _guarded(o, token, metrics), methods=[o.method], name=f"{o.method} {o.path}")
        for o in operations
    ]
    handlers: dict[Any, Any] = {HTTPException: _not_routed}
    return Starlette(routes=routes, exception_handlers=handlers)


def _operations(
    journal: Journal, store: Catalog, clock: Callable[[], datetime], seal: Seal
) -> list[Operation]:
    desk, campaigns, facts = Desk(journal, store, clock, seal), Campaigns(journal, store, clock), Facts(store)
    alert, decision = "/v1/alerts/{tenant}/{device}/{alert}", "/v1/decisions/{tenant}/{device}/{decision}"
    exception = "/v1/exceptions/{tenant}/{device}/{exception}"
    stage = "/v1/rollouts/{tenant}/{rollout}/stages/{stage:int}"
    return [
        Operation("GET", "/v1/alerts", facts.alerts, query=("tenant", "device", "status", "limit", "offset")),
        Operation(
            "GET", "/v1/incidents", facts.incidents, query=("tenant", "device", "status", "limit", "offset")
        ),
        Operation("GET", "/v1/devices/{tenant}/{device}", facts.device),
        *Past(store, clock).operations(),
        *Inventory(store).operations(),
        Operation("POST", f"{alert}/acknowledge", desk.acknowledge, Taking),
        Operation("POST", f"{alert}/verdict", desk.judge, Judgement),
        Operation(
            "GET", "/v1/exceptions", facts.exceptions, query=("tenant", "device", "state", "limit", "offset")
        ),
        Operation("POST", f"{exception}/accept", desk.accept_exception, Acceptance),
        Operation("POST", f"{exception}/reject", desk.reject_exception, Ask),
        Operation("POST", f"{exception}/end", desk.end_exception, Ask),
        Operation("POST", f"{decision}/approve", desk.approve, Ask),
        Operation("POST", f"{decision}/reject", desk.reject, Ask),
        Operation("POST", "/v1/credentials/{tenant}/{device}/hold", desk.hold, Holding),
        Operation("POST", "/v1/credentials/{tenant}/{device}/reinstate", desk.reinstate, Ask),
        Operation(
            "GET", "/v1/rollouts", facts.rollouts, query=("tenant", "device", "state", "limit", "offset")
        ),
        Operation("POST", "/v1/rollouts", campaigns.define, Definition),
        Operation("GET", "/v1/rollouts/{tenant}/{rollout}", facts.rollout),
        Operation("POST", stage, campaigns.start, StagePlan),
        Operation("GET", f"{stage}/gate", campaigns.gate, query=("max_age_s",)),
        Operation("POST", f"{stage}/finish", campaigns.finish, StageEnd),
    ]


def _open_operations(described: list[Operation], metrics: Metrics, store: Catalog) -> list[Operation]:
    async def expose(request: Request) -> Response:
        """Counters for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def describe(request: Request) -> Response:
        """This description for machines (OpenAPI 3.1)."""
        return answer(docs.openapi(described, VERSION))

    unguarded = [
        Operation("GET", "/health", Facts(store).health, open=True),
        Operation("GET", "/metrics", expose, open=True),
        Operation("GET", "/openapi.json", describe, open=True),
    ]
    return [*unguarded, Operation("GET", "/", docs.as_html([*described, *unguarded]), open=True)]


def _guarded(operation: Operation, token: str, metrics: Metrics) -> Any:
    async def handle(request: Request) -> Response:
        started = time.perf_counter()
        made = await _answered(operation, token, request)
        metrics.requests.labels(operation.method, operation.path, str(made.status_code)).inc()
        metrics.seconds.labels(operation.path).observe(time.perf_counter() - started)
        return made

    return handle


async def _answered(operation: Operation, token: str, request: Request) -> Response:
    try:
        if not operation.open and not allows(token, request.headers.get("authorization", "")):
            raise Problem(401, "unauthorized", "Authorization", "must be Bearer and the control API's token")
        if not operation.open:
            _check_parameters(operation, request)
        made: Response = await operation.handler(request)
    except (Problem, Rejected, Retryable, Fatal) as error:
        problem = problem_of(error)
        log.info("refused", path=request.url.path, status=problem.status, reason=str(problem))
        return response(problem, request.url.path)
    except Exception as error:
        log.exception("failed", path=request.url.path)
        return response(problem_of(error), request.url.path)
    return made


def _check_parameters(operation: Operation, request: Request) -> None:
    """Rejected where the query has a parameter that is not the operation's.

    Passed over, `max_age` for `max_age_s` would let old data promote.
    """
    for name in request.query_params:
        if name not in operation.query:
            there = f"there are {', '.join(operation.query)}" if operation.query else "there are none here"
            raise Rejected("unknown_parameter", name[:100], f"no such parameter; {there}")


async def _not_routed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    reasons = {404: "no such path; the API is described at /", 405: f"{request.method} is not possible here"}
    problem = Problem(status, "not_found" if status == 404 else "refused", "", reasons.get(status, "refused"))
    return response(problem, request.url.path)
