"""Canaries in every text of every event type there is: none gets into what ingest would write."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from schemas.errors import Rejected
from schemas.event import encode, to_headers
from schemas.registry import EVENTS
from schemas.sample import sample_of
from schemas.security import TYPES, TwinReported
from streams.ingest.cloud_event import parse_event
from streams.ingest.sanitise import sanitise_envelope, sanitise_error, sanitise_raw
from streams.ingest.sanitise.name import secret_kind
from tests.streams.ingest.sample import EARLY_US, unit
from tests.streams.ingest.sanitise.canaries import NAMES, TEXTS, leaks
from tests.streams.ingest.test_cloud_event import event

Path = tuple[str | int, ...]


def texts_in(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where the texts of a JSON value are."""
    if isinstance(value, str):
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from texts_in(item, (*at, name))


def planted(value: Any, at: Path, text: str) -> Any:
    """The value with another text there."""
    made = copy.deepcopy(value)
    inside = made
    for step in at[:-1]:
        inside = inside[step]
    inside[at[-1]] = text
    return made


def written(given: dict[str, Any]) -> tuple[bytes, dict[str, Any] | None]:
    """Every byte of what becomes of an event, and its data where it is accepted."""
    sent = unit(given)
    try:
        envelope, _ = sanitise_envelope(parse_event(sent, EARLY_US))
    except Rejected as error:
        said = sanitise_error(error)
        return f"{said} {said.field} {said.reason}".encode() + sanitise_raw(sent.raw), None
    headers = b" ".join(name.encode() + b"=" + value for name, value in to_headers(envelope))
    return headers + encode(envelope), msgspec.to_builtins(envelope.data)


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: str(kind.TYPE))
def test_no_canary_in_any_field_gets_through(kind: type[Any]) -> None:
    sample = sample_of(kind, full=True)
    accepted = 0
    for at in texts_in(sample):
        for name, text in TEXTS.items():
            seen, data = written(event(type=kind.TYPE, data=planted(sample, at, text)))
            assert not leaks(seen), (at, name)
            if data is not None:
                accepted += 1
                assert "[redacted:" in json.dumps(data), (at, name)
    assert accepted or kind not in TYPES


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_what_holds_no_secret_is_the_very_same(kind: type[Any]) -> None:
    for full in (True, False):
        envelope = parse_event(unit(event(type=kind.TYPE, data=sample_of(kind, full=full))), EARLY_US)
        assert sanitise_envelope(envelope) == (envelope, {})
        assert sanitise_envelope(envelope)[0] is envelope


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_no_field_of_ours_has_a_secret_name(kind: type[Any]) -> None:
    assert [name for name in kind.__struct_fields__ if secret_kind(name)] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_canary_in_an_attribute_or_a_name_gets_through(name: str) -> None:
    text = TEXTS[name]
    attributes = (
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "tenant",
        "time",
        "datacontenttype",
        "dataschema",
        "ext",
    )
    changes: list[dict[str, Any]] = [{attribute: text} for attribute in attributes]
    changes += [{text: "x"}, {"data": text}, {"data_base64": text}]
    changes += [
        {"data": {"account": "root", "address": "a", text: 1}},
        {"data": {"account": "root", "address": "a", "colour": text}},
    ]
    for change in changes:
        assert not leaks(written(event(**change))[0]), change


@pytest.mark.parametrize("field", ["tenant", "subject"])
@pytest.mark.parametrize("name", NAMES)
def test_a_secret_as_a_name_is_refused(field: str, name: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_event(unit(event(**{field: NAMES[name]})), EARLY_US)
    assert (caught.value.code, caught.value.field) == ("secret_in_name", field)
    assert not leaks(written(event(**{field: NAMES[name]}))[0])


def test_a_setting_with_a_secret_name_keeps_its_digest_and_loses_its_value() -> None:
    settings = {
        "wifi.psk": "hunter-two",
        "mqtt.password": "sha256:" + "ab" * 32,
        "api_key": 12345678,
        "ssh.password_authentication": False,
        "token_ttl_s": 3600,
        "note": "password=x9y8",
        "proxy": "http://u:p@proxy.example",
    }
    envelope = parse_event(
        unit(event(type=TwinReported.TYPE, data={"version": 1, "settings": settings})), EARLY_US
    )
    clean, withheld = sanitise_envelope(envelope)
    assert isinstance(clean.data, TwinReported)
    assert clean.data.settings == settings | {
        "wifi.psk": "[redacted:password]",
        "api_key": "[redacted:key]",
        "note": "password=[redacted:password]",
        "proxy": "http://[redacted:userinfo]@proxy.example",
    }
    assert withheld == {"password": 2, "key": 1, "userinfo": 1}
    assert sanitise_envelope(clean) == (clean, {})


def test_settings_whose_names_are_secrets_stay_apart() -> None:
    settings = {TEXTS["github"]: 1, TEXTS["github"] + "a": 2}
    envelope = parse_event(
        unit(event(type=TwinReported.TYPE, data={"version": 1, "settings": settings})), EARLY_US
    )
    clean, _ = sanitise_envelope(envelope)
    assert isinstance(clean.data, TwinReported)
    assert sorted(clean.data.settings.values()) == [1, 2]
    assert sanitise_envelope(clean)[0] == clean


def test_a_password_typed_as_account_is_withheld_and_the_rest_kept() -> None:
    data = {"account": "Summer2024!", "address": "203.0.113.7", "reason": "no such user"}
    clean, withheld = sanitise_envelope(parse_event(unit(event(data=data, token="abc-def-123")), EARLY_US))
    assert msgspec.to_builtins(clean.data) == {**data, "account": "[redacted:account]"}
    assert dict(clean.extensions)["token"] == "[redacted:token]"
    assert withheld == {"account": 1, "token": 1}
