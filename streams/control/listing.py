"""Listings: views of the store a page at a time, narrowed to tenants, a device and a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.control.catalog import Catalog, Row, all_tenants


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are asked for: of these tenants (none: all of them), this device and this state (empty: any)."""

    tenants: Sequence[str] = ()
    device: str = ""
    state: str = ""
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """A view that is listed: the name of its column with the `states` a row can be in (`''` and none where rows have no state), the SQL by
    which a row is about a device, and the SQL of its order."""

    view: str
    column: str
    states: tuple[str, ...]
    about: str
    order: str

    def rows(self, catalog: Catalog, page: Page) -> list[Row]:
        """The rows of one page; Retryable where the store doesn't answer."""
        sql = f"""
        SELECT * FROM {self.view}(tenants = {{tenants:Array(String)}})
        WHERE ({{device:String}} = '' OR {self.about}) AND ({{state:String}} = '' OR {self.column or "''"} = {{state:String}})
        ORDER BY {self.order}
        LIMIT {{limit:UInt32}} OFFSET {{offset:UInt32}}
        """  # noqa: S608  all of it is ours; everything from outside is a parameter
        whose = list(page.tenants) or all_tenants(catalog)
        asked = {"device": page.device, "state": page.state, "limit": page.limit, "offset": page.offset}
        return catalog.rows(sql, {"tenants": whose, **asked})


WORK_FIRST = "status = 'closed', risk DESC, updated_time DESC, alert"
STATUSES = ("open", "acknowledged", "closed")
ALERTS = Listing("alerts", "status", STATUSES, "device = {device:String}", WORK_FIRST)
# As ALERTS, but with the alerts of all partitions about one thing as one row.
INCIDENTS = Listing("incidents", "status", STATUSES, "has(devices, {device:String})", WORK_FIRST)
EXCEPTIONS = Listing(
    "exceptions",
    "state",
    ("proposed", "superseded", "accepted", "rejected", "ended"),
    "device = {device:String}",
    "proposed_time DESC, exception",
)
ERASURES = Listing(
    "erasures",
    "state",
    ("requested", "destroyed", "erased", "unknown"),
    "device = {device:String}",
    "requested_time DESC, request",
)
# What goes on first, then what changed last; about a device that is in an arm of a stage.
ROLLOUTS = Listing(
    "rollouts",
    "state",
    ("defined", "running", "waiting", "promoted", "rolled_back", "stopped"),
    """(tenant, rollout) IN (
        SELECT tenant, subject FROM events WHERE topic = 'rollouts' AND type = 'rollout.device_assigned.v1'
        AND JSONExtractString(data, 'device') = {device:String}
    )""",
    "state NOT IN ('defined', 'running', 'waiting'), updated_time DESC, tenant, rollout",
)
# What is not done yet first, in the order in which it will be; one about all of a tenant's devices is about each of them.
ROLL_BACKS = Listing(
    "roll_backs",
    "state",
    ("asked", "done"),
    "device IN ({device:String}, '')",
    "state, ahead, done_time DESC, roll_back, partition, learned DESC",
)
