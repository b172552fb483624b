"""Findings, verdicts and answers on a few devices, and triage run over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from detectors.triage.case import Cases
from detectors.triage.decider import Triage
from schemas.action import AlertJudge, ExceptionSettle
from schemas.alert import AlertClosed, AlertOpened, AlertSetAside, Verdict
from schemas.detection import DetectionRaised, Severity
from schemas.event import Envelope, Event
from schemas.exception import ExceptionProposal

START = datetime(2026, 3, 1, tzinfo=UTC)
TX = "baseline.tx_kbps"


def envelope(name: str, device: str, minute: float, data: Event) -> Envelope:
    """An event so many minutes after the start."""
    return Envelope(
        id=name,
        type=data.TYPE,
        source="test",
        subject=device,
        tenant="acme",
        time=START + timedelta(minutes=minute),
        data=data,
    )


def finding(
    name: str,
    minute: float,
    score: float | None = 9.0,
    *,
    device: str = "cam-1",
    kind: str = TX,
    severity: Severity = "medium",
    **more: Any,
) -> Envelope:
    """A finding; by a score it measured `900 + 30 * score`, where 810 to 990 is usual."""
    values: dict[str, Any] = {}
    if score is not None:
        values = {
            "metric": "tx_kbps",
            "actual": 900 + 30 * score,
            "expected": 900.0,
            "low": 810.0,
            "high": 990.0,
            "score": score,
        }
    data = DetectionRaised(
        detector="test",
        version=1,
        kind=kind,
        severity=severity,
        title=f"title {name}",
        explanation=f"sentence {name}",
        since=START,
        **{**values, **more},
    )
    return envelope(name, device, minute, data)


class Told:
    """Triage and what it was told; the outputs in order, and each with the input it followed from."""

    def __init__(self, triage: Triage | None = None) -> None:
        self.triage = triage or Triage()
        self.state: Cases = self.triage.initial()
        self.outputs: list[Envelope] = []
        self.followed: list[tuple[Envelope, Envelope]] = []

    def take(self, event: Envelope) -> Any:
        """The data of what follows, None where nothing does."""
        output = self.triage.decide(self.state, event)
        if output is None:
            return None
        self.outputs.append(output)
        self.followed.append((event, output))
        self.state = self.triage.evolve(self.state, output)
        return output.data

    def judge(self, alert: str, verdict: Verdict, minute: float, device: str = "cam-1") -> AlertClosed:
        """A person's verdict."""
        action = AlertJudge(actor="ana", alert=alert, verdict=verdict)
        closed = self.take(envelope(f"judge-{alert}", device, minute, action))
        assert isinstance(closed, AlertClosed)
        return closed

    def settle(self, exception: str, answer: Any, minute: float, device: str = "cam-1", **more: Any) -> Any:
        """A person's answer to an exception."""
        action = ExceptionSettle(actor="ana", exception=exception, answer=answer, **more)
        return self.take(envelope(f"{answer}-{exception}-{minute}", device, minute, action))

    def judged(
        self, verdicts: Iterable[tuple[Verdict, float]], start: float = 0, device: str = "cam-1"
    ) -> list[Any]:
        """A finding of each strength, an hour apart, judged at once; one that is set aside is judged as well."""
        closed = []
        for number, (verdict, score) in enumerate(verdicts):
            minute = start + 60 * number
            taken = self.take(finding(f"{device}-{minute}", minute, score, device=device))
            assert isinstance(taken, AlertOpened | AlertSetAside)
            closed.append(self.judge(taken.alert, verdict, minute + 1, device))
        return closed

    def accepted(self, score: float = 20.0, start: float = 0) -> ExceptionProposal:
        """An exception that a benign verdict proposed and a person accepted."""
        (closed,) = self.judged([("benign_positive", score)], start)
        (proposal,) = closed.proposed
        self.settle(proposal.id, "accept", start + 5)
        return proposal  # type: ignore[no-any-return]
