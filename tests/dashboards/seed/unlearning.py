"""Models that were rolled back: one device's, from before detection told how long it took, and all of a tenant's in two partitions; and two
that wait in one partition."""

from __future__ import annotations

from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack
from tests.dashboards.seed.past import Past

FORGOTTEN, WAITING = "cam-0044", "cam-0043"


def rolled_back(past: Past) -> None:
    """Two roll-backs that were asked for and done, and two that are not done yet."""
    old = _asked(past, "old", "acme", FORGOTTEN, "its lens was covered")
    past.happened(
        5400, "acme", FORGOTTEN, ModelsRolledBack(asked=old, partition=0, telemetry_offset=3, reports=900, unlearned=60)
    )  # fmt: skip
    whole = _asked(past, "whole", "globex", "", "gateway sent a test's values")
    for partition, took_s in ((0, 0.9), (2, 1.8)):
        told = ModelsRolledBack(
            asked=whole, partition=partition, telemetry_offset=7, reports=1_800_000, unlearned=240, models_before="5d8a01f2" * 4,
            models_after="c04b77e9" * 4, took_s=took_s,
        )  # fmt: skip
        past.happened(1800, "globex", f"detection/{partition}", told)
    flows = FlowsRolledBack(
        asked=whole, partition=0, events_offset=9, flows=125_000, unlearned=12, models_before="aa" * 16, models_after="bb" * 16,
        took_s=4.5,
    )  # fmt: skip
    past.happened(1800, "globex", "detection/0", flows)
    past.asked_for(1830, whole, 0)
    past.asked_for(90, _asked(past, "next", "acme", WAITING, "a test drove it"), 1)
    past.asked_for(60, _asked(past, "later", "acme", WAITING, "the test went on"), 1)


def _asked(past: Past, name: str, tenant: str, device: str, reason: str) -> RollBack:
    return RollBack(
        id=f"roll-back-{name}", tenant=tenant, device=device, since=past.at(7200), until=past.at(5400), actor="noor", reason=reason
    )  # fmt: skip
