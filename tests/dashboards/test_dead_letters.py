"""Dead letters by cause: what waits, what became of the others, and bytes and names from strangers that stay text."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime

import clickhouse_connect
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboards.components.dead_letters import commands, summary
from dashboards.components.raw_bytes import readable
from dashboards.queries.dead_letters import Cause, causes
from dashboards.store import Store
from dashboards.unsealing import Unsealing
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from tests.dashboards import seed
from tests.dashboards.conftest import database
from tests.streams.sealing.memory import KeysInMemory

BOTH = ("acme", "globex")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def cause(**changes: object) -> Cause:
    """A cause with three letters, two of them waiting."""
    made: dict[str, object] = {
        "process": "ingest", "code": "bad_json", "field": "", "reason": "is not JSON", "letters": 3, "waiting": 2, "put_back": 1,
        "dropped": 0, "devices": 1, "first_time": NOW, "last_time": NOW, "newest_letter": "dead-1", "newest_origin": "telemetry.raw/0/1",
        "newest_bytes": 1, "newest_raw_hex": "7b",
    }  # fmt: skip
    return Cause(**{**made, **changes})  # type: ignore[arg-type]


@pytest.mark.clickhouse
def test_a_settled_letter_is_counted_as_what_was_done_with_it(clickhouse_url: str) -> None:
    url, now = database(clickhouse_url), datetime.now(UTC)
    with clickhouse_connect.get_client(dsn=url) as client:
        seed.fill(client, now)
        actions = [
            [tenant, "dead-letter-actions", letter, f"settle-{letter}", kind, "dead-letters", now, "", "{}", 0, place, now, now]
            for place, (tenant, letter, kind) in enumerate(
                (
                    ("acme", "dead-0", "dead_letter.dropped.v1"),
                    ("system", "dead-1", "dead_letter.reinjected.v1"),
                    ("globex", "dead-2", "dead_letter.dropped.v1"),
                )
            )
        ]  # fmt: skip
        client.insert("events", actions, column_names=seed.EVENT_COLUMNS)
    store = Store(url)
    states = {c.code: (c.letters, c.waiting, c.put_back, c.dropped) for c in causes(store, BOTH)}
    assert states == {
        "missing_field": (1, 0, 0, 1),
        "bad_json": (1, 0, 1, 0),
        "identity_mismatch": (1, 0, 0, 1),
    }
    # Another tenant's actions say nothing about a letter one may see.
    assert [c.waiting for c in causes(store, ["acme"]) if c.code == "identity_mismatch"] == [1]
    (broken,) = [c for c in causes(store, BOTH) if c.code == "bad_json"]
    assert broken.newest_raw == b"\xff\xfe\x00garbage"
    store.close()


@pytest.mark.clickhouse
def test_a_sealed_letter_is_opened_for_who_may_see_it(clickhouse_url: str) -> None:
    url, keys, now = database(clickhouse_url), KeysInMemory(), datetime.now(UTC)
    with clickhouse_connect.get_client(dsn=url) as client:
        for number, device in enumerate(("cam-1", "cam-2")):
            tokens = Sealer(keys).raw("acme", device, b'{"user":"ann",\xff' * 500)
            said = [f"dead-{number}", "acme", device, f"code-{number}", "", "is wrong", "mqtt:x", "ingest"]
            letter = [*said, now, 7500, tokens, 0, number, now]
            client.insert("dead_letters", [letter], column_names=seed.LETTER_COLUMNS)
    keys.destroy("acme", "cam-2", "r1", lambda: now)
    store = Store(url, Unsealing(lambda texts: Unsealer(keys).texts(texts)))
    shown = {c.code: readable(c.newest_raw, c.newest_bytes) for c in causes(store, BOTH)}
    assert shown["code-0"].startswith('{"user":"ann",\\xff{"user"')
    assert shown["code-1"] == "[erased] ... of 7500 B"
    store.close()
    closed = Store(url)
    assert all(readable(c.newest_raw, c.newest_bytes).startswith("sealed ~") for c in causes(closed, BOTH))
    closed.close()


@pytest.mark.clickhouse
def test_the_page_shows_what_waits_and_the_commands(page: Callable[..., AppTest], filled_url: str) -> None:
    test = page(filled_url, "pipeline")
    said = " ".join(element.value for element in test.markdown)
    assert "3 of 3 wait for somebody to put them back or drop them." in said
    assert "\\xff\\xfe\\x00garbage" in said
    assert "message: not JSON" in said
    assert "device: is not the certificate&#39;s" in said
    lines = "\n".join(code.value for code in test.code).splitlines()
    assert any("reinject --process ingest --code bad_json" in line for line in lines)
    # They are made to be copied, and a fresh clone has no other Python with the project in it.
    assert all(line.startswith(".venv/bin/python -m streams.dead_letters ") for line in lines)


@pytest.mark.clickhouse
def test_where_nothing_was_refused_it_says_so(page: Callable[..., AppTest], empty_url: str) -> None:
    said = " ".join(element.value for element in page(empty_url, "pipeline").markdown)
    assert "No dead letter was ever written." in said


def test_the_sentence_says_whether_somebody_must_act() -> None:
    assert summary([cause(), cause(waiting=0, put_back=3)]).startswith("2 of 6 wait")
    assert summary([cause(waiting=0, put_back=3)]) == "Nothing waits: all 3 were put back or dropped."


@given(st.text(max_size=20), st.text(max_size=20))
def test_names_from_strangers_stay_one_word_of_the_command(code: str, field: str) -> None:
    for line in commands(cause(code=code, field=field)).splitlines():
        words = shlex.split(line, comments=True)
        assert words[:3] == [".venv/bin/python", "-m", "streams.dead_letters"]
        assert len(words) == 5 if words[3] == "show" else len(words) == 6 + 2 * bool(code) + 2 * bool(field)


@given(st.binary(max_size=300))
def test_bytes_are_shown_as_printable_text_on_one_line(raw: bytes) -> None:
    assert readable(raw).isprintable()
    assert readable(raw[:50], len(raw)).isprintable()


def test_what_is_left_out_is_said() -> None:
    assert readable(b"") == "no bytes"
    assert readable("ä".encode()[:1] + b"x", 2) == "\\xc3x"
    assert readable("aä".encode()[:2], 900) == "a ... of 900 B"
    assert readable(b"x" * 500) == "x" * 160 + " ... of 500 B"
    assert readable("\u202e\x1b[".encode()) == "\\u202e\\x1b["
