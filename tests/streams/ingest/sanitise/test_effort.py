"""How much searching one message may cost: counted in characters searched, not in seconds."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.security import TwinReported
from streams.ingest.cloud_event import parse_event
from streams.ingest.sanitise import raw as raw_module
from streams.ingest.sanitise import sanitise_envelope, sanitise_letter, text
from streams.ingest.sanitise.effort import MAX_SEARCHED, UNIT_CHARS, Effort
from streams.ingest.sanitise.event import _named
from tests.streams.ingest.sample import EARLY_US, unit
from tests.streams.ingest.test_cloud_event import event

SIZE = 3 * MAX_SEARCHED
HOSTILE = {
    "many names of secrets": "password=x ",
    "quotes that never close": 'password="',
    "nested quotes": '\\"password\\"=\\"',
    "starts of a JWT": "-eyJaaaaaa",
    "long runs like base64": "token " + "aA1" * 2000 + " ",
    "starts of a private key": "-----BEGIN PRIVATE KEY----- ",
}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The length of every text that is searched."""
    lengths: list[int] = []
    search = text._searched

    def counted(said: str) -> str:
        lengths.append(len(said))
        return search(said)

    monkeypatch.setattr(text, "_searched", counted)
    yield lengths


def filled(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_crafted_message_is_searched_within_its_bound_however_it_is_packed(
    name: str, searched: list[int]
) -> None:
    piece = HOSTILE[name]
    encoded = base64.b64encode(filled(piece, 3000).encode()).decode()
    packed = (
        filled(piece, SIZE).encode(),
        json.dumps([filled(piece, 8000)] * (SIZE // 8100)).encode(),
        json.dumps([piece] * (SIZE // (len(piece) + 20))).encode(),
        json.dumps([piece] * (SIZE // (len(piece) + 20)))[:-1].encode(),
        json.dumps([{"data_base64": encoded}] * 50).encode(),
    )
    for whole in packed:
        searched.clear()
        clean, _ = sanitise_letter(whole)
        assert sum(searched) <= MAX_SEARCHED
        assert b"[redacted:too_long]" in clean or b"[redacted:encoded]" in clean


def test_an_event_full_of_settings_is_searched_within_the_same_bound(searched: list[int]) -> None:
    settings: dict[str, Any] = {f"password=x{n}": "password=y" for n in range(2000)}
    data = {"version": 1, "settings": settings}
    envelope = parse_event(unit(event(type=TwinReported.TYPE, data=data)), EARLY_US)
    clean, _ = sanitise_envelope(envelope)
    assert sum(searched) <= MAX_SEARCHED
    assert isinstance(clean.data, TwinReported)
    assert len(clean.data.settings) == len(settings)
    assert "password=y" not in clean.data.settings.values()


def test_the_units_of_one_message_share_their_bound_and_small_ones_add_to_it(searched: list[int]) -> None:
    effort = Effort(units=10)
    for _ in range(10):
        sanitise_letter(json.dumps([filled("password=x ", 60_000)]).encode(), effort)
    assert sum(searched) <= MAX_SEARCHED + 9 * UNIT_CHARS
    many = Effort(units=1000)
    line = b'{"reason":"password=hunter2"}'
    assert {sanitise_letter(line, many)[0] for _ in range(1000)} == {
        b'{"reason":"password=[redacted:password]"}'
    }


def test_what_is_not_suspicious_costs_nothing(searched: list[int]) -> None:
    effort = Effort()
    plain = ["nothing to see here"] * 20_000
    clean, _ = sanitise_letter(json.dumps([*plain, "my password=abc1"]).encode(), effort)
    assert json.loads(clean) == [*plain, "my password=[redacted:password]"]
    assert searched == [len("my password=abc1")]


def test_accounts_beyond_the_bound_are_withheld_unseen() -> None:
    accounts = [f"user{n}" for n in range(MAX_SEARCHED // 20)]
    clean, _ = sanitise_letter(json.dumps({"account": accounts}).encode())
    said = json.loads(clean)["account"]
    assert said[:1000] == accounts[:1000]
    assert said[-1] == "[redacted:too_long]"


def test_names_that_become_the_same_are_told_apart_in_one_walk() -> None:
    made = _named({f"password=x{n}": n for n in range(3)}, Effort())
    assert made == {
        "password=[redacted:password]": 0,
        "password=[redacted:password]'1": 1,
        "password=[redacted:password]'2": 2,
    }


def test_brackets_are_opened_and_closed_without_copying_the_rest() -> None:
    """100,000 open brackets were once copied for each that closes: nine seconds for 200 KB."""
    depth = 300_000
    walk = raw_module._Tokens("[" * depth + "]" * depth, Effort())
    open_brackets = walk._open
    assert walk.rewritten() == "[" * depth + "]" * depth
    assert walk._open is open_brackets
