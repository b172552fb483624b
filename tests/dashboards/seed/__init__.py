"""A small, fixed past for the dashboard's tests: real events in the real tables, as the archive would have written them.

Told relative to `now`: cam-0042 (acme) taken over 6 minutes ago and held, cam-0043 with a cloned credential revoked, pump-0007 (globex)
slowly failing, a proposed decision, one good and one bad rollout, telemetry with a gap, dead letters and an account that adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.event import Envelope
from tests.dashboards.seed import edge, feedback, fleet, incident, inventory, rollout, takeover, unlearning
from tests.dashboards.seed.feedback import BELOW_BAR, EXPECTED
from tests.dashboards.seed.incident import CLONED, CLOSED, DRIFTING
from tests.dashboards.seed.past import EVENT_COLUMNS, LETTER_COLUMNS, ODD, RANGE_COLUMNS, Past, migrate
from tests.dashboards.seed.takeover import TAKEN_OVER
from tests.detectors.triage.parts import alerts_of

__all__ = [
    "BELOW_BAR", "CLONED", "CLOSED", "DRIFTING", "EVENT_COLUMNS", "EXPECTED", "LETTER_COLUMNS", "ODD", "RANGE_COLUMNS", "TAKEN_OVER",
    "fill", "lose_a_site", "migrate",
]  # fmt: skip
STORIES = (
    fleet.enrolled,
    fleet.reporting,
    takeover.taken_over,
    incident.cloned,
    incident.drifting,
    incident.closed,
    feedback.judged,
    rollout.rolled_out,
    inventory.known,
    unlearning.rolled_back,
    edge.counted,
)


def fill(client: Any, now: datetime) -> None:
    """Write the whole past; `client` is a clickhouse-connect client of a store with the tables made."""
    past = Past(now)
    for tell in STORIES:
        tell(past)
    past.store(client)
    client.insert("dead_letters", edge.letters(past), column_names=LETTER_COLUMNS)
    client.insert("ledger_ranges", past.ranges(), column_names=RANGE_COLUMNS)


def lose_a_site(client: Any, now: datetime, findings: Iterable[Envelope]) -> None:
    """Write findings and what triage writes on them, each device in a partition of its own, as the archive would have."""
    past = Past(now)
    for one in (*findings, *alerts_of(findings)):
        past.happened((now - one.time).total_seconds(), one.tenant, one.subject, one.data, one.id)
    past.store(client)
