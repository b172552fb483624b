"""The bytes that go back to `telemetry.raw` for a dead letter: as they were, or repaired. Pure.

That topic trusts what a message says about whose it is. So what a device sent with its certificate goes back under the name in the
certificate only, and never as an event that a device may not report: an operator can't be made to forge one by what a device sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from schemas.dead_letter import DeadLetter
from schemas.errors import Rejected
from schemas.personal import ERASED
from schemas.registry import EVENTS, REGISTRY
from schemas.security import RESERVED
from schemas.topics import MAX_EVENT_BYTES

INPUT_OF = "ingest"
GONE = ("erased", "", "its sender was erased and nobody can read it any more: it can only be dropped")
NO_KEY = (
    "no_key",
    "",
    "is sealed with a key that is not in VEDETTE_KEYS_DIR: go where the keys are, or drop it",
)


@dataclass(frozen=True, slots=True)
class Repair:
    """What to change first: other bytes, then paths set to JSON values, then paths removed.

    A path is an RFC 6901 JSON Pointer (`/metrics/cpu_pct`) or, where it does not start with a slash, names with dots between them.
    """

    replacement: bytes | None = None
    set: tuple[tuple[str, Any], ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """What it changes, as paths; `` is the whole."""
        whole = ("",) if self.replacement is not None else ()
        return (*whole, *(path for path, _ in self.set), *self.remove)


def repaired(letter: DeadLetter, repair: Repair) -> bytes:
    """The bytes to put back; Rejected says why these can't be."""
    if letter.process != INPUT_OF:
        where = f"{letter.origin}, a record of our own log"
        raise Rejected(
            "not_input", "", f"{letter.process or 'nobody'} refused {where}: it can only be dropped"
        )
    if letter.sealed:
        raise Rejected(*(GONE if letter.raw == ERASED.encode() else NO_KEY))
    raw = letter.raw if repair.replacement is None else repair.replacement
    if repair.set or repair.remove or letter.device:
        value = _object(raw)
        for path, wanted in repair.set:
            _set(value, path, wanted)
        for path in repair.remove:
            _remove(value, path)
        _own(value, letter)
        raw = _encode(value)
    if len(raw) > MAX_EVENT_BYTES:
        raise Rejected("oversized", "", f"has {len(raw)} bytes; ingest takes at most {MAX_EVENT_BYTES}")
    return raw


def parse_assignment(text: str) -> tuple[str, Any]:
    """Path and value from `path=value`: the value is JSON where it is any, else text; Rejected where there is no path or no `=`."""
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise Rejected("bad_assignment", "--set", "must be path=value, for example metrics.cpu_pct=3.5")
    try:
        return path, json.loads(value)
    except (ValueError, RecursionError):
        return path, value


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise Rejected("bad_json", "", "is not JSON: give the repaired bytes with --with") from None
    if not isinstance(value, dict):
        raise Rejected("not_object", "", "is not a JSON object: give the repaired bytes with --with")
    return value


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Rejected("bad_utf8", "", "has half a surrogate pair; set or remove that field") from None
    except (ValueError, RecursionError):
        raise Rejected(
            "not_finite", "", "has a number JSON can't say, such as NaN; set or remove it"
        ) from None


def _own(value: dict[str, Any], letter: DeadLetter) -> None:
    """Name the sender the edge knew; refuse what names another or what a device may not say."""
    if not letter.device:
        return
    is_event = "specversion" in value
    for name, proven in (("tenant", letter.tenant), ("subject" if is_event else "device", letter.device)):
        if value.setdefault(name, proven) != proven:
            raise Rejected("identity_mismatch", name, "is not the sender's, by its certificate; remove it")
    if is_event and issubclass(_kind(value.get("type")), RESERVED):
        raise Rejected("forbidden_type", "type", "a device may not report events of this type")


def _kind(name: object) -> type:
    try:
        return EVENTS[REGISTRY.current(str(name))]
    except Rejected:
        return object


def _steps(path: str) -> list[str]:
    if not path.startswith("/"):
        return path.split(".")
    return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]


def _parent(value: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *above, last = _steps(path)
    for step in above:
        inner = value.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Rejected("bad_path", path, f"{step} is not an object")
        value = inner
    return value, last


def _set(value: dict[str, Any], path: str, wanted: Any) -> None:
    inside, name = _parent(value, path)
    inside[name] = wanted


def _remove(value: dict[str, Any], path: str) -> None:
    inside, name = _parent(value, path)
    if name not in inside:
        raise Rejected("bad_path", path, "is not there to remove")
    del inside[name]
