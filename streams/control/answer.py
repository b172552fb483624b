"""An answer as JSON: times in UTC with microseconds, NaN as null."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from schemas.event import rfc3339


def answer(content: Any, status: int = 200) -> Response:
    """The HTTP answer that carries `content`: dicts, lists, text, numbers and aware times."""
    return Response(msgspec.json.encode(_plain(content)), status, media_type="application/json")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
