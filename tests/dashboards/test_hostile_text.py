"""Text from strangers on every page: nothing crashes, and nothing of it becomes HTML or Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import clickhouse_connect
import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards import seed
from tests.dashboards.conftest import database
from tests.dashboards.seed import past

pytestmark = pytest.mark.clickhouse
CANARY = "<img src=x onerror=canary()>'\"><script>canary()</script>[c](javascript:canary())![i](http://canary/)$c$`\x1b[31m\u202e\x00"
# What people and devices write into events; ids by which events refer to each other stay, and so do the words of a closed list.
TEXTS = frozenset((
    "account", "actor", "address", "baseline", "client", "comment", "component", "credential", "detail", "explanation", "expected",
    "firmware", "fixed_in", "justification", "method", "measured", "metric", "model", "name", "policy", "reason", "sbom", "segment",
    "setting", "site", "summary", "target", "title", "version", "vulnerability",
))  # fmt: skip
# Each page, its parameters, and whether it must show some of it: a page without what strangers wrote would prove nothing.
PAGES: tuple[tuple[str, dict[str, str], bool], ...] = (
    ("now", {}, False),
    ("alerts", {}, True),
    *(
        ("alert", {"alert": alert}, True)
        for alert in (seed.TAKEN_OVER, seed.CLONED, seed.DRIFTING, seed.CLOSED)
    ),
    ("device", {}, False),
    ("device", {"tenant": "acme", "device": "cam-0042"}, True),
    ("device", {"tenant": "acme", "device": "cam-0047"}, True),
    ("rollouts", {"rollout": "pump-3-0"}, True),
    ("credentials", {}, True),
    ("pipeline", {}, True),
    ("past", {"kind": "device", "subject": "cam-0042", "at": "now"}, True),
    ("privacy", {}, False),
    ("what_if", {}, False),
)


class Elements(HTMLParser):
    """The elements, and the addresses in them, that a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def hostile_url(clickhouse_url: str) -> Iterator[str]:
    """The seeded past with a canary in every text a stranger may choose."""
    url = database(clickhouse_url)
    with clickhouse_connect.get_client(dsn=url) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            past,
            "encode",
            lambda envelope: msgspec.json.encode(_poisoned(msgspec.to_builtins(envelope.data))),
        )
        seed.fill(client, datetime.now(UTC))
        _poison(client)
    yield url


def _poisoned(value: Any, name: str = "") -> Any:
    """What an event says with a canary behind every text in it."""
    if isinstance(value, dict):
        return {
            key: _poisoned(inner, key if key in TEXTS or name != "settings" else "setting")
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_poisoned(inner, name) for inner in value]
    return value + CANARY if isinstance(value, str) and name in TEXTS else value


def _poison(client: Any) -> None:
    canary = {"canary": CANARY}
    for table, columns in (
        ("telemetry", ("model", "site", "firmware")),
        ("dead_letters", ("field", "reason", "origin", "raw")),
    ):
        for column in columns:
            client.command(
                f"ALTER TABLE {table} UPDATE {column} = %(canary)s WHERE 1 SETTINGS mutations_sync = 2",
                parameters=canary,
            )


@pytest.mark.parametrize(("name", "parameters", "shows"), PAGES, ids=str)
def test_a_page_shows_it_as_text(
    page: Callable[..., AppTest], hostile_url: str, name: str, parameters: dict[str, str], shows: bool
) -> None:
    test = page(hostile_url, name, **parameters)
    assert not shows or "canary" in " ".join(element.value for element in test.markdown)
    for element in test.markdown:
        if not element.allow_html:
            assert "canary" not in element.value
        assert not re.search(r"[\x00\x1b\u202e]", element.value)
        for tag, attributes in Elements(element.value).found:
            assert tag not in ("script", "img", "iframe", "object")
            assert not any(attribute.startswith("on") for attribute in attributes)
            assert "javascript:" not in (attributes.get("href") or "")
    assert [said for said in _read_as_markdown(test) if "canary" in said] == []


def _read_as_markdown(test: AppTest) -> Iterator[str]:
    """Everything besides `st.markdown` in which Streamlit interprets Markdown: boxes, captions, labels."""
    for kind in ("caption", "error", "warning", "info", "success", "title", "header", "subheader", "toast"):
        yield from (str(getattr(element, "value", "")) for element in test.get(kind))
    for kind in (
        "button",
        "checkbox",
        "toggle",
        "selectbox",
        "multiselect",
        "radio",
        "text_input",
        "text_area",
        "expander",
        "tab",
    ):
        yield from (str(getattr(element, "label", "")) for element in test.get(kind))
