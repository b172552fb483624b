"""The bytes of refused messages: secrets gone, every other byte as it was."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.sanitise import sanitise_letter, sanitise_raw
from tests.streams.ingest.sanitise.canaries import CANARY, TEXTS, leaks

C = CANARY.encode()
NAMED = (
    b'{"password":"%s","a":1}',
    b'{"a":{"clientSecret":"%s"}}',
    b'{"pass\\u0077ord":"%s"}',
    b'{"token":{"x":"%s","y":[1,"%s"]},"n":NaN}',
    b'{"password":"one","password":"%s"}',
    b'{"a":1,"api_key":"%s',
    b'{"args":["--password","%s"]}',
    b'{"env":[{"name":"DB_PASSWORD","value":"%s"}]}',
    b'[["token","x"],{"secret":"\\"%s\\""}]',
    b'{"a": password=%s}',
    b"\xff\xfe password=%s",
    b"%PDF password: %s \x80",
)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("form", ["text", "json", "escaped", "broken", "key", "utf-16", "surrogate", "bytes"])
def test_a_secret_is_gone_from_whatever_was_refused(name: str, form: str) -> None:
    text = TEXTS[name]
    raw = {
        "text": text.encode(),
        "json": json.dumps({"n": 1, "data": {"x": text}}).encode(),
        "escaped": ("{" + '"x":"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"}').encode(),
        "broken": json.dumps({"n": 1, "x": text}).encode()[:-1],
        "key": json.dumps({text: 1}).encode(),
        "utf-16": text.encode("utf-16"),
        "surrogate": b'{"x":"\\ud800","y":' + json.dumps(text).encode() + b"}",
        "bytes": b"\xc3\x28\xff " + text.encode(),
    }[form]
    clean = sanitise_raw(raw)
    assert not leaks(clean)
    assert not leaks(clean.replace(b"\0", b""))
    assert not leaks(clean.decode("unicode_escape", "replace"))
    assert sanitise_raw(clean) == clean


@pytest.mark.parametrize("raw", NAMED)
def test_a_value_under_a_secret_name_is_gone(raw: bytes) -> None:
    clean = sanitise_raw(raw.replace(b"%s", C))
    assert not leaks(clean)
    assert b"[redacted:" in clean
    assert sanitise_raw(clean) == clean


def test_every_other_byte_stays() -> None:
    raw = b'{"specversion" : "1.0","a":1,"a":NaN, "password":"x9y", "max_tokens": 5,"s":"\\ud800\\n" ,"t":"\xff",'
    assert sanitise_raw(raw) == raw.replace(b'"x9y"', b'"[redacted:password]"')


def test_a_number_under_a_secret_name_is_gone_and_a_switch_stays() -> None:
    raw = b'{"password":12345678,"pin":4711,"password_enabled":true,"secret":false,"token":null,"tokens":3}'
    want = b'{"password":"[redacted:password]","pin":"[redacted:pin]","password_enabled":true,"secret":false,"token":null,"tokens":3}'
    assert sanitise_raw(raw) == want


def test_encoded_data_is_looked_into() -> None:
    assert (
        sanitise_raw(b'{"data_base64":"cGFzc3dvcmQ9aHVudGVyMg=="}') == b'{"data_base64":"[redacted:encoded]"}'
    )
    plain = b'{"data_base64":"aGVsbG8="}'
    assert sanitise_raw(plain) is plain


def test_a_password_as_user_name_is_gone() -> None:
    assert sanitise_raw(b'{"user":"Summer2024!"}') == b'{"user":"[redacted:account]"}'


@given(st.binary(max_size=60))
def test_noise_is_the_very_same_or_stays_so(raw: bytes) -> None:
    once = sanitise_raw(raw)
    assert sanitise_raw(once) == once


PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"\\",
    b"password",
    b"token",
    b"1",
    b" ",
    C,
    b"\xff",
    b"\0",
)


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_broken_json_is_sanitised_once(pieces: list[bytes]) -> None:
    once = sanitise_raw(b"".join(pieces))
    assert sanitise_raw(once) == once


def test_how_much_was_withheld_is_told() -> None:
    clean, withheld = sanitise_letter(b'{"password":"a1b2","x":"--token abc1 [redacted:token]"}')
    assert withheld == {"password": 1, "token": 1}
    assert sanitise_letter(clean) == (clean, {})


def test_what_is_encoded_is_looked_into_where_nothing_around_it_is_suspicious() -> None:
    inner = base64.b64encode(b"-----BEGIN PRIVATE KEY-----MIIEvQ").decode()
    assert sanitise_raw(b'{"data_base64":"%s"}' % inner.encode()) == b'{"data_base64":"[redacted:encoded]"}'


def test_what_is_too_long_to_search_is_cut_only_where_it_looks_suspicious() -> None:
    plain = b"x" * (MAX_EVENT_BYTES + 5)
    assert sanitise_raw(plain) is plain
    cut = sanitise_raw(b'{"password":"%s"' % C + plain)
    assert not leaks(cut)
    assert cut.endswith(b"[redacted:too_long]")
