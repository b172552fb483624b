"""The seeded store for the browser's tests too."""

from tests.dashboards.conftest import filled_url, now

__all__ = ["filled_url", "now"]
