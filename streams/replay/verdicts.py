"""Gate verdicts derived again from the prefix of the log they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detectors.gates.event import DECIDER, verdict_event
from detectors.gates.verdict import judge
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.rollout import GateJudged
from streams.log.record import Record
from streams.log.stretch import Read, reading
from streams.replay.finding import Finding, differences, found, unreadable
from streams.replay.frontier import log_stretch
from streams.replay.gate_prefix import GatePrefix

TOPIC = GateJudged.TOPIC


def verify_verdicts(bootstrap: str, outputs: Iterable[Record]) -> Iterator[Finding]:
    """Judge these records of `gate-verdicts`; Retryable where Kafka doesn't answer."""
    judges = Judges(bootstrap)
    for record in outputs:
        yield judges.judge(record)


class Judges:
    """The prefixes of all tenants, each going on from the verdict judged last; one before it is derived from the beginning."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._read: Read = reading(bootstrap)
        self._prefixes: dict[str, GatePrefix] = {}

    def judge(self, record: Record) -> Finding:
        """One verdict against its own prefix of the log."""
        try:
            envelope = record.envelope()
        except Rejected as error:
            return unreadable(record, error)
        data = envelope.data
        if not isinstance(data, GateJudged):
            return found(record, envelope, ("it is no verdict",))
        if envelope.decider not in ("", DECIDER):
            return found(record, envelope, untold=f"{envelope.decider} gave it, and this is {DECIDER}")
        try:
            wrong = tuple(self._differences(record, envelope, data))
        except ValueError:
            wrong = ("data.frontier: names no partition of the log",)
        if wrong and (reason := self._gone(data)):
            return found(record, envelope, untold=reason)
        return found(record, envelope, wrong)

    def _differences(self, record: Record, envelope: Envelope, data: GateJudged) -> Iterator[str]:
        prefix = self._prefixes.get(envelope.tenant)
        if prefix is None or prefix.is_beyond(data.frontier):
            prefix = self._prefixes[envelope.tenant] = GatePrefix(envelope.tenant)
        prefix.advance(self._read, data.frontier)
        standing = prefix.standing(data.rollout, data.stage)
        if standing is None:
            yield f"nobody is assigned to stage {data.stage} of {data.rollout} before its frontier"
            return
        derived = verdict_event(envelope.tenant, judge(data.rollout, data.stage, standing), standing)
        yield from differences(derived, envelope, record)

    def _gone(self, data: GateJudged) -> str:
        """Why the prefix is not all there any more; empty where it is."""
        places = {(topic, int(number)): 0 for topic, ends in data.frontier.items() for number in ends}
        for (topic, number), (first, _) in log_stretch(self._bootstrap, places).items():
            if first > 0:
                return f"retention removed the beginning of {topic}/{number}, which is in its prefix"
        return ""
