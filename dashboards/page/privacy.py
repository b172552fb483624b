"""Privacy: who was erased, is it complete, and how long is what kept?"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components import retention
from dashboards.components.badge import badge
from dashboards.components.markup import show
from dashboards.components.numbers import count, counted
from dashboards.components.sentences.enumeration import listed
from dashboards.components.table import Column, table
from dashboards.components.times import span
from dashboards.queries import privacy
from dashboards.queries.privacy import Erasure
from dashboards.view import View, header, live

HOW = Markup(
    "<p class='empty'>To erase for good what is personal about a device:<br>"
    "<code>.venv/bin/python -m streams.privacy erase TENANT DEVICE --reason TEXT</code><br>"
    "or over the control API: <code>POST /v1/subjects/TENANT/DEVICE/erase</code></p>"
)
STATES = {
    "erased": ("well", "erased"),
    "unknown": ("unknown", "nothing is known of it"),
    "destroyed": ("late", "key destroyed, store being purged"),
    "requested": ("late", "asked for"),
}


def draw() -> None:
    """Draw the page."""
    live(_content)


def _content(view: View) -> None:
    found = privacy.erasures(view.store, view.tenants)
    removed = privacy.removed(view.store)
    header(view, "Privacy", told(found), retention.told(removed, view.reader))
    _erasures(view, found)
    retention.draw(removed, view)


def told(found: Sequence[Erasure]) -> str:
    """Whether every erasure asked for is complete."""
    if not found:
        return "Nobody asked to erase a device."
    nothing = _of_nobody(found)
    open_ = [one for one in found if one.state in ("requested", "destroyed")]
    if not open_:
        return f"{counted(len(found), 'erasure')} asked for, all complete.{nothing}"
    unread = all(one.state == "destroyed" for one in open_)
    waits = "nothing of them can be read any more" if unread else "they go on by themselves"
    return f"{count(len(open_))} of {counted(len(found), 'erasure')} not complete yet; {waits}.{nothing}"


def _of_nobody(found: Sequence[Erasure]) -> str:
    """That some were of devices nobody knows, which may be misspelt; empty where none was."""
    names = [f"{one.tenant}/{one.device}" for one in found if one.state == "unknown"]
    more = f" and {count(len(names) - 3)} more" if len(names) > 3 else ""
    return f" Nothing is known of {listed(names[:3])}{more}: is the name right?" if names else ""


def _erasures(view: View, found: Sequence[Erasure]) -> None:
    columns = [
        Column[Erasure]("Device", lambda e: view.device(e.tenant, e.device)),
        Column[Erasure]("Tenant", lambda e: e.tenant),
        Column[Erasure]("State", lambda e: badge(*STATES[e.state])),
        Column[Erasure]("Asked", lambda e: view.moment(e.requested_time)),
        Column[Erasure]("By", lambda e: e.actor, cut=True),
        Column[Erasure]("Ground", lambda e: e.reason, wide=True),
        Column[Erasure]("Keys destroyed", lambda e: count(e.keys), number=True),
        Column[Erasure]("Rows rewritten", lambda e: count(e.rows), number=True),
        Column[Erasure](
            "Took",
            lambda e: span((e.erased_time - e.requested_time).total_seconds()) if e.erased_time else "",
            number=True,
        ),
    ]
    table(found, columns, caption="Erasures", empty="None was asked for.")
    show(HOW)
