"""Proofs over HTTP: the documents of `python -m streams.proof`, for verifiers that trust nothing here but the public key."""

from __future__ import annotations

import hashlib
import math
import time
from threading import Lock

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Rejected
from schemas.proof import PROVEN, CheckpointSigned
from schemas.settings import Settings
from streams.control.docs import Operation
from streams.control.problem import IDENTIFIER, Problem
from streams.log.reader import end_offsets
from streams.log.record import parse_origin
from streams.proof_log.prover import Prover
from streams.proof_log.public_key import public_path

FRESH_S = 0.5
# A checkpoint of a size, and the way between two sizes, never change.
FOREVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


class Proofs:
    """Handlers that prove from the log alone; each takes what came since the last question, at most every `FRESH_S` seconds.

    The first question reads all leaves. Kafka not answering is 503, a damaged proof log 500 with what is damaged.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._prover = Prover(settings.kafka_bootstrap)
        self._read_s = -math.inf

    def operations(self) -> list[Operation]:
        """The routes."""
        return [
            Operation("GET", "/v1/proof/key", self.key),
            Operation("GET", "/v1/proof/checkpoint", self.checkpoint, query=("size",)),
            Operation("GET", "/v1/proof/inclusion", self.inclusion, query=("origin", "id")),
            Operation("GET", "/v1/proof/consistency", self.consistency, query=("from", "to")),
        ]

    async def key(self, request: Request) -> Response:
        """The public key as text (C2SP vkey). Get it once over a way you trust: who replaces it can replace everything."""
        path = public_path(self._settings)
        try:
            text = path.read_text("utf-8")
        except OSError:
            raise Problem(
                404, "no_key", "", "there is no public key yet: the proof process writes it; see make status"
            ) from None
        return _cached(request, text.encode(), "text/plain; charset=utf-8")

    async def checkpoint(self, request: Request) -> Response:
        """The newest signed checkpoint, or the one over `size` leaves, as text (C2SP tlog-checkpoint). Keep one elsewhere."""
        size = _size(request, "size")
        found = await run_in_threadpool(self._checkpoint, size, "size")
        return _cached(request, found.note.encode(), "text/plain; charset=utf-8", forever=size is not None)

    async def inclusion(self, request: Request) -> Response:
        """Proof that a record is in the log: `origin` is its topic/partition/offset, or `id` its event's id. 409 until it is signed."""
        origin, event = request.query_params.get("origin", ""), request.query_params.get("id", "")
        if bool(origin) == bool(event):
            raise Rejected("bad_value", "origin", "give either origin (topic/partition/offset) or id")
        if origin and parse_origin(origin) is None:
            raise Rejected("bad_value", "origin", "must look like topic/partition/offset")
        if event and not IDENTIFIER.fullmatch(event):
            raise Rejected("bad_id", "id", "must be 1 to 200 printable ASCII characters")
        return _cached(request, await run_in_threadpool(self._inclusion, origin or event))

    async def consistency(self, request: Request) -> Response:
        """Proof that the log of `to` leaves (default: the newest checkpoint) begins with the whole log of `from` leaves, unchanged."""
        old, new = _size(request, "from"), _size(request, "to")
        if old is None:
            raise Rejected("missing_field", "from", "is missing: the size of the older checkpoint")
        return _cached(request, await run_in_threadpool(self._consistency, old, new), forever=new is not None)

    def _checkpoint(self, size: int | None, field: str) -> CheckpointSigned:
        with self._lock:
            return _signed(self._latest(), size, field)

    def _inclusion(self, what: str) -> bytes:
        with self._lock:
            prover = self._latest()
            try:
                return msgspec.json.encode(prover.inclusion(what))
            except Rejected as error:
                raise self._absent(error, what) from None

    def _consistency(self, old: int, new: int | None) -> bytes:
        with self._lock:
            prover = self._latest()
            first, second = _signed(prover, old, "from"), _signed(prover, new, "to")
            if first.size > second.size:
                raise Rejected("bad_value", "from", f"is larger than to, which is {second.size}")
            return msgspec.json.encode(prover.consistency(first, second))

    def _latest(self) -> Prover:
        """What the log says now; where it could not be read, the next question starts from what was last read in full."""
        if time.monotonic() - self._read_s > FRESH_S:
            later = self._prover.later()
            assert later.tree is not None  # reads everything; only then may the one before be let go
            self._prover, self._read_s = later, time.monotonic()
        return self._prover

    def _absent(self, error: Rejected, what: str) -> Problem | Rejected:
        """404 where there is no such record, 409 with when to ask again where it waits for its leaf or its signature."""
        soon = math.ceil(self._settings.checkpoint_s)
        wait = f"the next checkpoint is at most {soon} s away while the proof process runs"
        if error.code == "not_yet_signed":
            return Problem(
                409, error.code, "", f"{error.reason.partition(':')[0]}; {wait}", retry_after_s=soon
            )
        if error.code == "no_checkpoint":
            return Problem(409, error.code, "", f"{error.reason} ({wait})", retry_after_s=soon)
        place = parse_origin(what)
        if place is not None and self._is_on_the_log(*place):
            return Problem(409, "not_yet_logged", "origin", f"has no leaf yet; {wait}", retry_after_s=soon)
        field = "id" if place is None else "origin"
        return Problem(404, error.code, field, f"{error.reason}; proven are records of {', '.join(PROVEN)}")

    def _is_on_the_log(self, topic: str, partition: int, offset: int) -> bool:
        return topic in PROVEN and offset < end_offsets(self._settings.kafka_bootstrap, topic).get(
            partition, 0
        )


def _signed(prover: Prover, size: int | None, field: str) -> CheckpointSigned:
    try:
        return prover.checkpoint(size)
    except Rejected as error:
        raise Problem(404, error.code, field, error.reason) from None


def _size(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Rejected("bad_value", name, "must be the size of a checkpoint: a whole number")
    return int(text)


def _cached(
    request: Request, body: bytes, media_type: str = "application/json", *, forever: bool = False
) -> Response:
    """The answer with a strong ETag, or 304 where the asker has it already (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FOREVER if forever else ASK_AGAIN}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type)
