"""Text that came from devices and people, put into HTML without becoming HTML.

Everything a page shows goes through `Markup.format` (markupsafe), which escapes every argument, and through `show`, which makes one HTML
block of it: Streamlit then interprets no Markdown in it, so a device cannot draw links, pictures or formulas by naming
itself so. React keeps the elements over refreshes, so a reader's focus and selection stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import streamlit as st
from markupsafe import Markup, escape

from dashboards.components.times import Reader

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """`text` on one line without control and direction-changing characters, which could make it read as something else."""
    return CONTROL.sub(" ", text)


def show(html: Markup) -> None:
    """Draw `html` on the page."""
    st.markdown(clean(f"<div class='v'>{html}</div>"), unsafe_allow_html=True)


def link(text: str | Markup, page: str, parameters: Mapping[str, str | Sequence[str]]) -> Markup:
    """A link to one of our pages that opens in the same tab; a parameter without a value is left out."""
    query = urlencode(
        {name: value for name, value in parameters.items() if value}, doseq=True, quote_via=quote
    )
    return Markup("<a href='{}' target='_self'>{}</a>").format(f"./{page}?{query}", text)


def moment(time: datetime | None, reader: Reader) -> Markup:
    """How long ago, with the exact time on hover."""
    if time is None:
        return Markup("<span class='faint'>never</span>")
    return Markup("<time title='{}' datetime='{}'>{}</time>").format(
        reader.exact(time), time.isoformat(), reader.age(time)
    )


def joined(parts: Iterable[Markup | str], separator: str = " ") -> Markup:
    """The parts one after the other, each escaped where it is plain text."""
    return escape(separator).join(parts)
