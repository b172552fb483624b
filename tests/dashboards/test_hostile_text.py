"""Text from strangers on every page: nothing crashes, and nothing of it becomes HTML or Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import clickhouse_connect
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards import seed
from tests.dashboards.conftest import database

pytestmark = pytest.mark.clickhouse
CANARY = "<img src=x onerror=canary()>'\"><script>canary()</script>[c](javascript:canary())![i](http://canary/)$c$`\x1b[31m\u202e\x00"
NAMES = ("now", "alerts", "device", "rollouts", "credentials", "pipeline")


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
    with clickhouse_connect.get_client(dsn=url) as client:
        seed.fill(client, datetime.now(UTC))
        _poison(client)
    yield url


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


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_it_as_text(page: Callable[..., AppTest], hostile_url: str, name: str) -> None:
    test = page(hostile_url, name)
    for element in test.markdown:
        if not element.allow_html:
            assert "canary" not in element.value
        assert not re.search(r"[\x00\x1b\u202e]", element.value)
        for tag, attributes in Elements(element.value).found:
            assert tag not in ("script", "img", "iframe", "object")
            assert not any(attribute.startswith("on") for attribute in attributes)
            assert "javascript:" not in (attributes.get("href") or "")


def test_the_canary_is_really_there(page: Callable[..., AppTest], hostile_url: str) -> None:
    assert "canary" in " ".join(element.value for element in page(hostile_url, "pipeline").markdown)
