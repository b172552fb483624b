"""The further attributes of a CloudEvent, kept with it word for word (CloudEvents 1.0.2, Extension Context Attributes).

Names are lower-case letters and digits, as the specification says; values are text, whole numbers or booleans and come out in their
canonical text, which is how the Kafka binding writes them. What they mean is their sender's business; nothing here decides by them.
"""

from __future__ import annotations

import re
from typing import Any

from schemas.errors import Rejected
from schemas.event import OURS
from streams.ingest.strict_json import shown

NAME = re.compile(r"[a-z0-9]{1,20}")
NAME_RULE = "must be 1-20 of a-z 0-9, as CloudEvents says"
MOST = 16
MAX_CHARACTERS = 256
# Attributes that `parse_event` reads itself; `datacontenttype` is written as the record's content type.
READ = frozenset(
    ("specversion", "id", "type", "source", "subject", "tenant", "time", "datacontenttype", "data")
)
INTEGER_BITS = 31


def extensions(value: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name and value of every attribute beyond the known ones, by name; null means not set.

    Rejected where a name is not one (or one only Vedette may set), a value can't be kept as it is, or there are more than `MOST`.
    """
    found = {name: said for name, said in value.items() if name not in READ and said is not None}
    if len(found) > MOST:
        raise Rejected("too_many_attributes", "", f"has {len(found)} extension attributes; at most {MOST}")
    return tuple((_name(name), _text(name, found[name])) for name in sorted(found))


def _name(name: str) -> str:
    if name in OURS:
        raise Rejected("reserved_attribute", name, "is set by Vedette alone")
    if not NAME.fullmatch(name):
        raise Rejected("unknown_field", shown(name), f"an attribute's name {NAME_RULE}")
    return name


def _text(name: str, said: Any) -> str:
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, int) and -(2**INTEGER_BITS) <= said < 2**INTEGER_BITS:
        return str(said)
    if not isinstance(said, str):
        raise Rejected("bad_attribute", name, "must be text, a boolean or a whole number of 32 bits")
    if not 1 <= len(said) <= MAX_CHARACTERS or not said.isprintable():
        raise Rejected("bad_attribute", name, f"must have 1 to {MAX_CHARACTERS} printable characters")
    return said
