"""A verdict as the event on the log: all of it is a function of verdict and standing."""

from __future__ import annotations

import msgspec

from detectors.decider import VERSIONS
from detectors.gates.standing import Standing
from schemas.event import Envelope, rfc3339
from schemas.ids import derive, digest
from schemas.rollout import GateJudged

SOURCE = "vedette/rollout"
DECIDER = f"gate@{VERSIONS['gate']}"


def verdict_event(tenant: str, data: GateJudged, standing: Standing) -> Envelope:
    """The event with a verdict on this standing; its id depends on the stage and the prefix of the log, its time is the newest there."""
    return Envelope(
        id=derive(
            "gate", tenant, data.rollout, data.stage, msgspec.json.encode(data.frontier, order="sorted")
        ),
        type=GateJudged.TYPE,
        source=SOURCE,
        subject=data.rollout,
        tenant=tenant,
        time=data.newest,
        data=data,
        decider=DECIDER,
        statehash=standing_hash(standing),
    )


def standing_hash(standing: Standing) -> str:
    """Names a standing, whatever order its groups were found in."""
    groups = sorted(msgspec.json.encode(group) for group in standing.groups)
    reached = sorted((number, rfc3339(moment)) for number, moment in standing.reached.items())
    rest = (standing.policies, standing.newest, standing.announced, standing.frontier, reached)
    return digest("standing", msgspec.json.encode(rest, order="deterministic"), *groups).hex()
