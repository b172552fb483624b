"""An alert's title with its device in it, once."""

from __future__ import annotations

from markupsafe import Markup

from dashboards.queries.alerts import Alert
from dashboards.view import View


def titled(view: View, alert: Alert) -> Markup | str:
    """The title with the device as a link: where the title names it, else after it. An alert of many devices has no link."""
    if alert.is_of_many:
        return alert.title
    before, name, after = alert.title.partition(alert.device)
    where = view.device(alert.tenant, alert.device)
    return Markup("{}{}{}").format(before, where, after) if name else Markup("{} on {}").format(before, where)
