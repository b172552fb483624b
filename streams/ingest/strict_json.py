"""JSON read as strictly as RFC 8259 lets a reader be: UTF-8, no duplicate keys, no NaN, no lone surrogates, a bounded depth."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from schemas.errors import Rejected
from schemas.pki import NAME

EXACT_DIGITS = 15


def parse(raw: bytes) -> Any:
    """The value of one JSON text; Rejected where it is not exactly one, in words that never contain the value itself.

    Integers longer than 15 digits come back as floats (infinite where a float can't hold them), so nobody's digits cost quadratic time.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Rejected("bad_utf8", "", f"byte {error.start} is not UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        reason = "is empty" if not text.strip() else f"is not JSON: {error.msg} at character {error.pos}"
        raise Rejected("bad_json", "", reason) from None
    except RecursionError:
        raise Rejected("too_deep", "", "is nested too deeply") from None
    if "\\u" in text:
        _check_surrogates(value)
    return value


def parse_object(raw: bytes) -> dict[str, Any]:
    """The value of one JSON text that is an object; Rejected where it isn't."""
    value = parse(raw)
    if not isinstance(value, dict):
        raise Rejected("not_object", "", "must be a JSON object")
    return value


def shown(name: str) -> str:
    """A key as it may be named in an error: as it is where it is a sane name, else a placeholder."""
    return name if NAME.fullmatch(name) else "(unprintable name)"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Rejected("duplicate_key", shown(twice), "appears twice in one object")
    return made


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= EXACT_DIGITS else float(digits)


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _reject_surrogate()


def _reject_surrogate() -> NoReturn:
    raise Rejected("bad_utf8", "", "has half a surrogate pair in an escape") from None
