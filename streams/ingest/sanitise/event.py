"""An event, and an error about one, without the secrets their sender wrote into them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from schemas.errors import Rejected
from schemas.event import Envelope, Event
from streams.ingest.sanitise.account import FIELD, looks_like_password
from streams.ingest.sanitise.effort import Effort
from streams.ingest.sanitise.harmless import is_harmless
from streams.ingest.sanitise.mark import Withheld, mark, withheld
from streams.ingest.sanitise.name import secret_kind
from streams.ingest.sanitise.text import sanitise_text, suspicious


def sanitise_envelope(envelope: Envelope, effort: Effort | None = None) -> tuple[Envelope, Withheld]:
    """The event with its secrets replaced, and how many of each kind; the same object where there are none.

    Id, type, tenant, subject and time stay: the first is a digest, the last two of the others are names, see `is_secret`.
    """
    account = getattr(envelope.data, FIELD, "")
    if not suspicious(_said(envelope)) and not (account and looks_like_password(account)):
        return envelope, Withheld()
    effort = effort or Effort()
    made = msgspec.structs.replace(
        envelope,
        data=_data(envelope.data, effort),
        source=sanitise_text(envelope.source, effort),
        extensions=tuple((name, _value(name, value, effort)) for name, value in envelope.extensions),
    )
    return (envelope, Withheld()) if made == envelope else (made, withheld(_said(envelope), _said(made)))


def sanitise_error(error: Rejected) -> Rejected:
    """An error whose field (a sender may have chosen its name) and reason hold no secret."""
    field, reason = sanitise_text(error.field), sanitise_text(error.reason)
    return error if (field, reason) == (error.field, error.reason) else Rejected(error.code, field, reason)


def _data(data: Event, effort: Effort) -> Event:
    plain = msgspec.to_builtins(data, builtin_types=(datetime,))
    made = {name: _value(name, value, effort) for name, value in plain.items()}
    return data if made == plain else msgspec.convert(made, type(data))


def _value(name: str, value: Any, effort: Effort) -> Any:
    """A value under its name."""
    if isinstance(value, dict):
        return _named(value, effort)
    if isinstance(value, list | tuple):
        return [_value(name, item, effort) for item in value]
    kind = secret_kind(name)
    if kind and not isinstance(value, datetime) and not is_harmless(value, kind):
        return mark(kind)
    if not isinstance(value, str):
        return value
    if name == FIELD and looks_like_password(value):
        return mark("account")
    return sanitise_text(value, effort)


def _named(values: dict[str, Any], effort: Effort) -> dict[str, Any]:
    """Names are the sender's own as well; two that become the same are told apart."""
    made: dict[str, Any] = {}
    doubles: Counter[str] = Counter()
    for name, value in values.items():
        shown = clean = sanitise_text(name, effort)
        while shown in made:
            doubles[clean] += 1
            shown = f"{clean}'{doubles[clean]}"
        made[shown] = _value(shown, value, effort)
    return made


def _said(envelope: Envelope) -> str:
    return f"{envelope.source} {envelope.extensions} {msgspec.json.encode(envelope.data).decode()}"
