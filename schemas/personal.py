"""Which fields of events from outside and of people's actions are about a person, and what stands in their place on the log.

A field is told by its name: the same name means the same in every type, and a test demands that every text field of every such event
is in exactly one of the two sets. What is personal is *sealed* at the edge (`streams.sealing`): encrypted with
the key of the event's subject into a token, equal for equal values of one device. Nobody downstream parses it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeVar, get_origin

import msgspec

from schemas.event import Event

# Who did it, from where, whose it is, what people wrote about it, and what programs wrote (`detail`, `error`, `reason`): "no such user ann"
# is usual there. Where such a field is a choice between given words instead of text, it is not personal.
PERSONAL = frozenset(
    {
        "account",
        "address",
        "comment",
        "detail",
        "error",
        "owner",
        "peer",
        "previous_owner",
        "reason",
        "reporter",
    }
)
# Names of things, versions, digests, choices, and who of the operators acted (they are accountable).
_IMPERSONAL = """
    action actor actual alert algorithm baseline batch client component credential decision digest error_code exception expected
    firmware first_device from_segment hardware issued issuer key kind maintenance manufacturer measured measurement method model path
    policy port previous process quote report resource role rollout rule segment sensor serial service session setting signer site
    to_segment verifier
"""
IMPERSONAL = frozenset(_IMPERSONAL.split())
# Settings of a twin and extension attributes whose value is about a person, by the last word of their name.
PERSONAL_SETTING = re.compile(
    r"(^|[._\-/])(owner|user|username|account|contact|e?mail|phone|address|location|latitude|longitude|ssid|room|name)$",
    re.I,
)

TOKEN = re.compile(r"sealed\.v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{22,})")
ERASED = "[erased]"
Data = TypeVar("Data", bound=Event)


def map_personal(data: Data, change: Callable[[str], str]) -> Data:
    """The event with `change` applied to each of its personal texts that is not empty; the same object where it has none."""
    changed: dict[str, Any] = {}
    texts = personal_fields(type(data))
    for name in type(data).__struct_fields__:
        value = getattr(data, name)
        if name in texts and value:
            changed[name] = change(value)
        elif name == "settings" and isinstance(value, dict):
            changed[name] = {key: _setting(key, one, change) for key, one in value.items()}
    return msgspec.structs.replace(data, **changed) if changed else data


def map_extensions(
    extensions: tuple[tuple[str, str], ...], change: Callable[[str], str]
) -> tuple[tuple[str, str], ...]:
    """The extension attributes with `change` applied to the personal ones that are not empty."""
    return tuple(
        (name, change(value) if value and is_personal_name(name) else value) for name, value in extensions
    )


@cache
def personal_fields(kind: type[Event]) -> frozenset[str]:
    """The fields of a type of event that hold personal text."""
    return frozenset(
        field.name
        for field in msgspec.structs.fields(kind)
        if field.name in PERSONAL and get_origin(field.type) is not Literal
    )


def is_personal_name(name: str) -> bool:
    """Whether what a stranger calls so is about a person."""
    return name in PERSONAL or PERSONAL_SETTING.search(name) is not None


def _setting(name: str, value: Any, change: Callable[[str], str]) -> Any:
    sealed = isinstance(value, str) and value and PERSONAL_SETTING.search(name)
    return change(value) if sealed else value


def replace_tokens(text: str, opened: Callable[[re.Match[str]], str]) -> str:
    """The text with each token replaced. Where the text is a JSON document it stays one, whatever quotes a value has."""
    if not _is_json(text):
        return TOKEN.sub(opened, text)
    return TOKEN.sub(
        lambda token: msgspec.json.encode(opened(token)).decode("utf-8", "surrogatepass")[1:-1], text
    )


def pseudonym(token: str) -> str:
    """What stands for a token nobody opens: the same for the same token."""
    return f"sealed ~{hashlib.blake2b(token.encode(), digest_size=2).hexdigest()}"


def readable(text: str) -> str:
    """The text with a pseudonym for each token, for people who may not or need not see the values."""
    return replace_tokens(text, lambda token: pseudonym(token[0]))


def _is_json(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True
