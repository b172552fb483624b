"""What was refused, by cause: how much of it waits for somebody, an example, and the commands that settle it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from dashboards.components.markup import clean, show
from dashboards.components.numbers import count
from dashboards.components.raw_bytes import readable
from dashboards.components.table import Column, table
from dashboards.queries.dead_letters import Cause
from dashboards.view import View

MODULE = ".venv/bin/python -m streams.dead_letters"
WITH_COMMANDS = 3
EMPTY = "Nothing was refused. A message that can't be accepted appears here with its reason."


def dead_letters(view: View, causes: Sequence[Cause]) -> None:
    """Draw them: one sentence, the table, then for the causes with most letters waiting what to type."""
    show(Markup("<h3>Dead letters</h3><p>{}</p>").format(summary(causes)))
    table(causes, _columns(view), caption="By cause", empty=EMPTY)
    for cause in [one for one in causes if one.waiting][:WITH_COMMANDS]:
        show(Markup("<p>{}:</p>").format(_named(cause)))
        st.code(commands(cause), language="bash", wrap_lines=True)


def summary(causes: Sequence[Cause]) -> str:
    """Whether anybody must do something."""
    letters, waiting = sum(c.letters for c in causes), sum(c.waiting for c in causes)
    if not letters:
        return "No dead letter was ever written."
    if not waiting:
        return f"Nothing waits: all {count(letters)} were put back or dropped."
    return f"{count(waiting)} of {count(letters)} wait for somebody to put them back or drop them."


def commands(cause: Cause) -> str:
    """What to type to look at the letters of a cause, put them back or drop them; names from strangers can't end or extend a command."""
    chosen = {"process": cause.process, "code": cause.code, "field": cause.field}
    options = " ".join(f"--{name} {shlex.quote(clean(value))}" for name, value in chosen.items() if value)
    return "\n".join(
        (
            f"{MODULE} show {shlex.quote(clean(cause.newest_letter))}",
            f"{MODULE} list {options}",
            f"{MODULE} reinject {options}  # a dry run; --apply does it",
            f"{MODULE} drop {options}  # as above",
        )
    )


def _columns(view: View) -> list[Column[Cause]]:
    return [
        Column("Cause", _cause, cut=True),
        Column("Letters", lambda c: count(c.letters), number=True),
        Column("Waiting", lambda c: count(c.waiting), number=True),
        Column("Put back", lambda c: count(c.put_back), number=True),
        Column("Dropped", lambda c: count(c.dropped), number=True),
        Column("Devices", lambda c: count(c.devices), number=True),
        Column("First", lambda c: view.moment(c.first_time)),
        Column("Last", lambda c: view.moment(c.last_time)),
        Column("Newest: its start, and where from", _newest, cut=True),
    ]


def _cause(cause: Cause) -> Markup:
    """What is wrong, and below it the code and who refused it, as the commands name them."""
    return Markup("{}: {}<br><span class='faint'>{}, by {}</span>").format(
        cause.field or "message", cause.reason, cause.code, cause.process
    )


def _newest(cause: Cause) -> Markup:
    return Markup("{}<br><span class='faint'>{}</span>").format(
        readable(cause.newest_raw, cause.newest_bytes), cause.newest_origin
    )


def _named(cause: Cause) -> str:
    return f"{count(cause.waiting)} with {cause.code}{f' in {cause.field}' if cause.field else ''} refused by {cause.process}"
