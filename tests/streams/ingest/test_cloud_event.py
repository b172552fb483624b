"""Security events from outside: who may say what, and what is said when they may not."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import Rejected
from schemas.event import encode, to_headers
from schemas.registry import decode
from schemas.security import AuthenticationFailed
from streams.ingest.cloud_event import is_event, parse_event
from tests.streams.ingest.sample import EARLY_US, unit

DATA = {"account": "root", "address": "203.0.113.7"}


def event(**changes: Any) -> dict[str, Any]:
    """A good event, with changes; a field changed to ... is left out."""
    good = {
        "specversion": "1.0",
        "id": "1",
        "source": "/sshd",
        "type": "authentication.failed.v1",
        "time": "2026-06-01T11:59:00Z",
        "tenant": "acme",
        "subject": "cam-1",
        "data": DATA,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def test_a_good_event_keeps_what_it_says() -> None:
    made = parse_event(unit(event()), EARLY_US)
    assert made.data == AuthenticationFailed(**DATA)
    assert (made.tenant, made.subject, made.source, made.type) == (
        "acme",
        "cam-1",
        "/sshd",
        "authentication.failed.v1",
    )


def test_extension_attributes_arrive_on_the_log_as_they_were_sent() -> None:
    said = {"traceparent": "00-\u00e4", "sequence": -7, "sampled": True, "dataschema": "urn:x", "unset": None}
    made = parse_event(unit(event(**said)), EARLY_US)
    kept = {
        "ce_traceparent": "00-\u00e4",
        "ce_sequence": "-7",
        "ce_sampled": "true",
        "ce_dataschema": "urn:x",
    }
    plain = parse_event(unit(event()), EARLY_US)
    assert set(to_headers(made)) - set(to_headers(plain)) == {(n, v.encode()) for n, v in kept.items()}
    assert decode(to_headers(made), encode(made)) == made


def test_an_event_sent_twice_has_one_id_and_another_has_another() -> None:
    first, again = (
        parse_event(unit(event()), EARLY_US),
        parse_event(unit(event(time="2026-06-01T11:59:30Z")), EARLY_US),
    )
    assert first.id == again.id
    for changes in ({"id": "2"}, {"source": "/login"}, {"tenant": "globex"}):
        assert parse_event(unit(event(**changes)), EARLY_US).id != first.id


def test_the_certificate_stands_for_tenant_and_subject() -> None:
    made = parse_event(unit(event(tenant=..., subject=...), "acme", "cam-2"), EARLY_US)
    assert (made.tenant, made.subject) == ("acme", "cam-2")


@pytest.mark.parametrize(
    ("code", "field", "changes"),
    [
        ("bad_specversion", "specversion", {"specversion": "0.3"}),
        ("missing_field", "id", {"id": ...}),
        ("missing_field", "source", {"source": ...}),
        ("missing_field", "time", {"time": ...}),
        ("missing_field", "data", {"data": ...}),
        ("missing_field", "subject", {"subject": ...}),
        ("bad_type", "id", {"id": 5}),
        ("bad_attribute", "source", {"source": ""}),
        ("bad_attribute", "id", {"id": "a\nb"}),
        ("unknown_type", "type", {"type": "root.me.v1"}),
        ("forbidden_type", "type", {"type": "alert.closed.v1"}),
        ("forbidden_type", "type", {"type": "credential.decided.v1"}),
        ("bad_data", "data", {"data": {"account": "root"}}),
        ("bad_data", "data.account", {"data": {"account": 5, "address": ""}}),
        ("unknown_field", "data.colour", {"data": {**DATA, "colour": "red"}}),
        ("bad_data", "data_base64", {"data_base64": "e30="}),
        ("bad_data", "datacontenttype", {"datacontenttype": "text/xml"}),
        ("bad_data", "datacontenttype", {"datacontenttype": 0}),
        ("bad_attribute", "weight", {"weight": 1.5}),
        ("bad_attribute", "weight", {"weight": 2**31}),
        ("bad_attribute", "parts", {"parts": ["a"]}),
        ("bad_attribute", "note", {"note": ""}),
        ("bad_attribute", "note", {"note": "a\nb"}),
        ("bad_attribute", "note", {"note": "x" * 257}),
        ("unknown_field", "Note", {"Note": "x"}),
        ("unknown_field", "trace-parent", {"trace-parent": "x"}),
        ("unknown_field", "(unprintable name)", {"a b": "x"}),
        ("unknown_field", "a" * 21, {"a" * 21: "x"}),
        ("reserved_attribute", "cause", {"cause": "telemetry/0/1"}),
        ("too_many_attributes", "", {f"x{n}": n for n in range(17)}),
        ("bad_name", "subject", {"subject": "a/b"}),
        ("too_old", "time", {"time": "1999-01-01T00:00:00Z"}),
        ("in_future", "time", {"time": "2026-06-01T12:05:00Z"}),
    ],
)
def test_a_broken_rule_is_named(code: str, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        parse_event(unit(event(**changes)), EARLY_US)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("session.opened.v1", {"session": "s", "address": "a"}),
        ("session.closed.v1", {"session": "s"}),
        ("device.provisioned.v1", {"model": "m", "site": "s", "firmware": "f"}),
    ],
)
def test_only_the_edge_and_gateways_tell_sessions_and_enrolment(kind: str, data: dict[str, str]) -> None:
    given = event(type=kind, data=data)
    assert parse_event(unit(given), EARLY_US).type == kind
    with pytest.raises(Rejected) as caught:
        parse_event(unit(given, "acme", "cam-1"), EARLY_US)
    assert caught.value.code == "forbidden_type"


def test_an_event_is_known_by_its_specversion() -> None:
    assert is_event(b'{"specversion":"9"}')
    assert is_event(b'{"specversion":"1.0",')
    assert not is_event(b'{"time":"now"}')
    assert not is_event(b'{"metrics":{"specversion":1}}'.replace(b'"specversion"', b'"spec"'))
    assert not is_event(b'{"metrics":{"specversion":1}}')
