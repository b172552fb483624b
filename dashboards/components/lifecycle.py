"""Where a device is in its life, as one sentence."""

from __future__ import annotations

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.queries.inventory import Lifecycle
from dashboards.view import View


def life(view: View, found: Lifecycle | None) -> Markup | str:
    """The sentence; "" where nobody ever told, for then it would say nothing."""
    if found is None:
        return ""
    until = Markup(", until {}").format(view.moment(found.until)) if found.until else ""
    reason = f": {found.reason}" if found.reason else ""
    return Markup("Lifecycle: {} since {}{}{}.").format(
        badge(found.state), view.moment(found.since), until, reason
    )
