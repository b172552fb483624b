"""The deciders whose outputs can be derived again from the log, and what each reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from detectors.decider import Decider
from detectors.revocation.decider import Response
from detectors.triage.decider import Triage
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decider, the topics it reads and the one it writes; all are co-partitioned."""

    name: str
    decider: Decider[Any]
    inputs: tuple[str, ...]
    output: str


def deciders(settings: Settings) -> tuple[Deciding, ...]:
    """Triage and response as their processes run them with these settings.

    Response's limit is a setting and not in its decisions: a decision made under another limit differs in `state` and `reason`.
    """
    return (
        Deciding("triage", Triage(), ("detections", "analyst-actions"), "alerts"),
        Deciding(
            "response",
            Response(settings.max_decisions),
            ("alerts", "analyst-actions"),
            "credential-decisions",
        ),
    )
