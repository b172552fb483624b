"""A title names its device once, as a link."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from markupsafe import Markup

from dashboards.components.alert_title import titled
from dashboards.queries.alerts import Alert
from dashboards.view import View


class Links:
    """A view whose links are in square brackets."""

    def device(self, tenant: str, device: str) -> Markup:
        """A device of a tenant."""
        return Markup("[{}/{}]").format(tenant, device)


@pytest.mark.parametrize(
    ("title", "shared", "wanted"),
    [
        ("Temperature drifts up", False, "Temperature drifts up on [acme/cam-1]"),
        ("cam-1 has unusual flows", False, "[acme/cam-1] has unusual flows"),
        ("The credential of cam-1 is used twice", False, "The credential of [acme/cam-1] is used twice"),
        ("<b>cam-1</b>", False, "&lt;b&gt;[acme/cam-1]&lt;/b&gt;"),
        ("Site berlin is silent", True, "Site berlin is silent"),
    ],
)
def test_it_is_named_once(title: str, shared: bool, wanted: str) -> None:
    alert = cast(Alert, SimpleNamespace(title=title, tenant="acme", device="cam-1", is_of_many=shared))
    assert str(titled(cast(View, Links()), alert)) == wanted
