"""The table of alerts, the same on every page that lists some."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.table import Column, table
from dashboards.queries.alerts import Alert
from dashboards.view import View


def alert_table(view: View, rows: Sequence[Alert], *, caption: str, empty: str) -> None:
    """Draw alerts in the order given; title links to the alert, device to the device."""
    columns = [
        Column[Alert]("Alert", lambda a: view.alert(a.alert, a.title), cut=True),
        Column[Alert]("Severity", lambda a: badge(a.severity)),
        Column[Alert]("Risk", lambda a: str(a.risk), number=True),
        Column[Alert]("Device", lambda a: _devices(view, a)),
        Column[Alert]("Tenant", lambda a: a.tenant),
        Column[Alert]("Why", lambda a: a.explanation, wide=True),
        Column[Alert](
            "Status", lambda a: badge(a.verdict if a.status == "closed" and a.verdict else a.status)
        ),
        Column[Alert]("Since", lambda a: view.moment(a.since or a.opened_time)),
    ]
    table(rows, columns, caption=caption, empty=empty)


def _devices(view: View, alert: Alert) -> Markup:
    """The device; of several parts the one of the worst, and how many others stand for one."""
    device = view.device(alert.tenant, alert.device)
    others = len(alert.parts) - 1
    return Markup("{} and {} more").format(device, others) if others > 0 else device
