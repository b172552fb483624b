"""Every text field of what comes from outside is classified, and only what is personal is changed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import msgspec.inspect as inspect

from schemas.action import AnalystAction
from schemas.event import Event
from schemas.personal import (
    IMPERSONAL,
    PERSONAL,
    map_extensions,
    map_personal,
    pseudonym,
    readable,
    replace_tokens,
)
from schemas.registry import EVENTS
from schemas.sample import sample_envelope
from schemas.security import SecurityEvent, TwinReported
from streams.sealing.token import Key

OUTSIDE = [kind for kind in EVENTS.values() if issubclass(kind, SecurityEvent | AnalystAction)]


def texts(kind: inspect.Type, name: str = "") -> Iterator[str]:
    """The names of all fields, at any depth, that may hold any text."""
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                yield from texts(field.type, field.name)
        case inspect.Metadata() | inspect.VarTupleType() | inspect.ListType():
            yield from texts(kind.type if isinstance(kind, inspect.Metadata) else kind.item_type, name)
        case inspect.UnionType():
            for one in kind.types:
                yield from texts(one, name)
        case inspect.StrType() | inspect.DictType():
            yield name


def named(kind: type[Event]) -> set[str]:
    return set(texts(inspect.type_info(kind)))


def test_every_text_field_is_classified_once() -> None:
    names = set().union(*(named(kind) for kind in OUTSIDE)) - {"settings"}
    assert not PERSONAL & IMPERSONAL
    assert names - PERSONAL - IMPERSONAL == set(), "classify these in schemas/personal.py"
    assert (PERSONAL | IMPERSONAL) - names == set(), "no event has these any more"


def test_extension_attributes_about_a_person_change_and_others_do_not() -> None:
    said = (("account", "ann"), ("useremail", "ann@example.net"), ("traceparent", "00-1"), ("owner", ""))
    assert map_extensions(said, lambda _: "*") == (
        ("account", "*"),
        ("useremail", "ann@example.net"),
        ("traceparent", "00-1"),
        ("owner", ""),
    )


def test_personal_fields_are_at_the_top_where_they_are_looked_for() -> None:
    for kind in OUTSIDE:
        top = {field.name for field in msgspec.structs.fields(kind)}
        assert named(kind) & PERSONAL <= top, kind.TYPE


def test_exactly_the_personal_fields_of_every_type_change() -> None:
    for kind in OUTSIDE:
        data = sample_envelope(kind, full=True).data
        changed = map_personal(data, lambda text: f"<{text}>")
        differing = {name for name in kind.__struct_fields__ if getattr(data, name) != getattr(changed, name)}
        assert differing == PERSONAL & named(kind), kind.TYPE


def test_settings_about_a_person_change_and_others_do_not() -> None:
    settings: dict[str, str | int | float | bool] = {
        "syslog.owner": "ann",
        "wifi_ssid": "anns-home",
        "contact-email": "ann@example.net",
        "ntp.server": "192.0.2.1",
        "phone": 5,
    }
    changed = map_personal(TwinReported(version=1, settings=settings), lambda _: "*").settings
    assert changed == {**settings, "syslog.owner": "*", "wifi_ssid": "*", "contact-email": "*"}


def test_a_json_document_stays_one_whatever_is_put_into_it() -> None:
    token = Key.of("0" * 16, "t", "d", bytes(range(64))).seal('a"b\\c')
    assert msgspec.json.decode(replace_tokens(f'{{"a": "{token}"}}', lambda _: 'a"b\\c')) == {"a": 'a"b\\c'}
    assert replace_tokens(f"[x] from {token}, then", lambda _: 'a"b') == '[x] from a"b, then'


def test_a_person_reads_a_pseudonym_that_tells_values_apart() -> None:
    key = Key.of("0" * 16, "t", "d", bytes(range(64)))
    one, other = key.seal("192.0.2.1"), key.seal("192.0.2.2")
    assert readable(f"from {one}, then {one}") == f"from {pseudonym(one)}, then {pseudonym(one)}"
    assert pseudonym(one) != pseudonym(other)
    assert "sealed.v1" not in readable(f"{one} {other}")
