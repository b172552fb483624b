"""What detection tells on the topic `ledger`: what it counted in one partition, and that models were rolled back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.state import State
from schemas.event import SYSTEM, Envelope
from schemas.ids import derive
from schemas.ledger import DetectionCounted
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack


def counted(state: State, partition: int, telemetry_offset: int) -> DetectionCounted:
    """The totals of a state that reflects telemetry up to this offset."""
    block = state.block
    return DetectionCounted(
        partition=partition,
        telemetry_offset=telemetry_offset,
        scored=block.scored,
        late=block.late,
        infinite=block.infinite,
        unmodelled=block.unmodelled,
        devices=block.devices,
        forgotten=block.forgotten,
        duplicates=state.engine.duplicates + state.flows.duplicates,
        flows_forgotten=state.flows.forgotten
        + sum(one.forgotten + one.habits.forgotten for one in state.flows.tenants.values()),
    )


def told(data: DetectionCounted, now: datetime) -> Envelope:
    """The event; its id is the same whenever these totals are told again."""
    return Envelope(
        id=derive(
            "detection-count",
            data.partition,
            data.telemetry_offset,
            data.scored,
            data.duplicates,
            data.flows_forgotten,
        ),
        type=data.TYPE,
        source="vedette/detection",
        subject=f"detection/{data.partition}",
        tenant=SYSTEM,
        time=now,
        data=data,
    )


def rolled_back(data: ModelsRolledBack | FlowsRolledBack, took_s: float, now: datetime) -> Envelope:
    """The event of a roll-back in one partition that took so long; its id is the same whenever it is told again."""
    if isinstance(data, ModelsRolledBack):
        name = derive("models-rolled-back", data.partition, data.telemetry_offset)
    else:
        name = derive("flows-rolled-back", data.partition, data.events_offset)
    return Envelope(
        id=name,
        type=data.TYPE,
        source="vedette/detection",
        subject=data.asked.device or f"detection/{data.partition}",
        tenant=data.asked.tenant,
        time=now,
        data=msgspec.structs.replace(data, took_s=round(took_s, 3)),
    )
