"""What really happened, as the log has it: findings, alerts, decisions and people's actions, as far as the inputs read."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.alert import AlertClosed, Verdict
from schemas.event import Envelope
from streams.log.record import parse_origin
from streams.what_if.history import Ends, History, Written, first_of_each, partitions

Parts = dict[int, list[Written]]


@dataclass(frozen=True, slots=True)
class Facts:
    """The events of each topic by partition, each id once, and where each id was written first."""

    detections: Parts
    alerts: Parts
    decisions: Parts
    actions: Parts
    at: dict[str, Written]

    @classmethod
    def read(cls, history: History) -> Facts:
        """Read them. What follows from an input after the end of this history is left out, and so is what follows from that."""
        actions = [*history.events("analyst-actions")]
        detections = [one for one in history.events("detections") if _is_from(one, history.ends)]
        known = {one.origin for one in (*actions, *detections)}
        alerts = [one for one in history.events("alerts") if one.envelope.cause in known]
        known |= {one.origin for one in alerts}
        decisions = [one for one in history.events("credential-decisions") if one.envelope.cause in known]
        # Triage notes decisions, from which no decision follows.
        known |= {one.origin for one in decisions}
        alerts = [one for one in history.events("alerts") if one.envelope.cause in known]
        each_once = [[*first_of_each(each)] for each in (detections, alerts, decisions, actions)]
        return cls(
            detections=partitions(each_once[0]),
            alerts=partitions(each_once[1]),
            decisions=partitions(each_once[2]),
            actions=partitions(each_once[3]),
            at={one.envelope.id: one for each in each_once for one in each},
        )

    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each alert that a person judged, whenever that was."""
        closed = [one.envelope.data for one in everything(self.alerts)]
        return {data.alert: data.verdict for data in closed if isinstance(data, AlertClosed)}


def everything(parts: Parts) -> list[Written]:
    """The events of all partitions, one partition after the other."""
    return [one for number in sorted(parts) for one in parts[number]]


def envelopes(parts: Parts) -> list[Envelope]:
    """The same, without where they were written."""
    return [one.envelope for one in everything(parts)]


def _is_from(detection: Written, ends: Ends) -> bool:
    cause = parse_origin(detection.envelope.cause)
    return cause is not None and cause[2] < ends.get(cause[0], {}).get(cause[1], 0)
