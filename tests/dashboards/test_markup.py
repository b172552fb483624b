"""What devices say never becomes markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from dashboards.components.badge import badge, colour_of
from dashboards.components.markup import clean, joined, link, moment
from dashboards.components.times import Reader
from dashboards.theme import ON_DARK


class Parsed(HTMLParser):
    """The elements and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_any_text_stays_text(text: str) -> None:
    parsed = Parsed(str(Markup("<p title='{0}'>{0}</p>").format(text)))
    assert [tag for tag, _ in parsed.elements] == ["p"]
    assert parsed.elements[0][1] == {"title": text}
    assert parsed.text == text


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_link_carries_its_parameters_whatever_they_are(name: str, text: str) -> None:
    parsed = Parsed(str(link(text, "device", {"device": name, "tenant": "", "tenants": ("a", "b&c")})))
    (tag, attributes), *others = parsed.elements
    assert (tag, others) == ("a", [])
    parts = urlsplit(attributes["href"] or "")
    assert parts.path == "./device"
    found = parse_qs(parts.query, errors="surrogatepass")
    assert found == {"device": [name], "tenants": ["a", "b&c"]}


@given(st.text())
def test_nothing_can_break_the_line_or_turn_the_direction(text: str) -> None:
    cleaned = clean(text)
    assert not set(cleaned) & set("\n\r\t\x00\x1b\u202e\u2066\u2028\u200f\x85")
    assert len(cleaned) == len(text)


def test_a_moment_has_the_exact_time_on_hover() -> None:
    now = datetime(2026, 11, 21, 13, 3, 7, tzinfo=UTC)
    html = str(moment(now - timedelta(minutes=3), Reader(zone=UTC, now=now)))
    assert "3 min ago" in html
    assert "title='2026-11-21 13:00:07 UTC'" in html
    assert "never" in moment(None, Reader(zone=UTC, now=now))


def test_a_badge_says_its_word_and_has_a_shape() -> None:
    html = badge("true_positive")
    assert "true positive" in html
    assert "◆" in html
    assert colour_of("a word nobody defined") in ON_DARK


def test_joining_escapes_what_is_not_markup() -> None:
    assert joined(["<b>", Markup("<i>x</i>")]) == "&lt;b&gt; <i>x</i>"
