"""Verdicts, a bar and an exception through the real triage worker, killed on the way; all it wrote is derived again from the log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.action import AlertJudge, ExceptionSettle, VerdictShare
from schemas.alert import AlertOpened, AlertSetAside, Verdict
from schemas.credential import CredentialDecided
from schemas.cut_off import CutOffNoted
from schemas.event import Envelope, aggregate_key
from schemas.lesson import Lesson, VerdictLearned
from schemas.settings import Settings
from schemas.topics import PARTITIONS, TOPICS
from streams.control.lessons import subject_in
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from streams.replay.verify import verify
from tests.detectors.feedback.story import START, Told, envelope, finding
from tests.streams.worker import WorkerProcess, distinct, wait_for, workers, written

TENANT = "acme"


class Live:
    """A worker and the pure decider, told the same in the same order: one input at a time, so that topics have one order."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.pure = Told()
        self._writers = {name: LogWriter(bootstrap, name) for name in ("detection", "control", "response")}

    def take(self, event: Envelope) -> Envelope:
        """Write an event and wait for what follows; that of the pure decider."""
        writer = self._writers[TOPICS[type(event.data).TOPIC].writers[0]]
        writer.append(event)
        writer.flush()
        assert self.pure.take(event) is not None
        wait_for(lambda: len(self.ids()) >= len(self.pure.outputs), "what follows")
        return self.pure.outputs[-1]

    def judged(self, name: str, minute: float, score: float, verdict: Verdict) -> Envelope:
        """A finding and the verdict on its alert."""
        alert = self.take(finding(name, minute, score)).data.alert  # type: ignore[attr-defined]
        action = AlertJudge(actor="ana", alert=alert, verdict=verdict)
        return self.take(envelope(f"judge-{name}", "cam-1", minute + 1, action))

    def ids(self) -> list[str]:
        """Ids on the log, in order."""
        return distinct(written(self.bootstrap, "alerts", TENANT))


def lived(live: Live, first: WorkerProcess, start: object) -> None:
    """Six false verdicts, a kill, a finding below the bar that turns out true, and an exception."""
    for number in range(6):
        live.judged(f"false-{number}", 60 * number, 8.5, "false_positive")
    first.kill()
    start("triage")  # type: ignore[operator]
    aside = live.take(finding("weak", 600, 9.0)).data
    assert isinstance(aside, AlertSetAside)
    assert (aside.reason, aside.weighed.false) == ("below_bar", 6)
    assert isinstance(live.take(finding("strong", 660, 20.0)).data, AlertOpened)
    true = AlertJudge(actor="ana", alert=aside.alert, verdict="true_positive")
    live.take(envelope("true", "cam-1", 700, true))
    assert isinstance(live.take(finding("weak again", 800, 9.0)).data, AlertOpened)

    benign = live.judged("backup", 900, 30.0, "benign_positive").data
    (proposal,) = benign.proposed  # type: ignore[attr-defined]
    accepted = ExceptionSettle(
        actor="bob", exception=proposal.id, answer="accept", until=START + timedelta(days=7)
    )
    live.take(envelope("accept", "cam-1", 950, accepted))
    expected = live.take(finding("backup again", 1000, 29.0)).data
    assert isinstance(expected, AlertSetAside)
    assert (expected.reason, expected.exception) == ("expected", proposal.id)
    assert isinstance(live.take(finding("more", 1100, 40.0)).data, AlertOpened)


def told_by_others(live: Live) -> None:
    """A verdict of another partition, and a silence that a decision explains; what triage makes of both is derived again as well."""
    lesson = Lesson(kind="cohort.pattern", direction="above", strength=5.0)
    shared = VerdictShare(actor="vedette", alert="elsewhere", true=False, time=START, lessons=(lesson,))
    here = _partition("cam-1")
    subject = subject_in(TENANT, here)
    other = next(one for one in (f"cam-{number}" for number in range(2, 99)) if _partition(one) == here)
    assert isinstance(live.take(envelope("share", subject, 1200, shared)).data, VerdictLearned)
    held = CredentialDecided(action="hold", state="decided", reason="r", policy="p", actor="ana")
    assert isinstance(live.take(envelope("hold", other, 1300, held)).data, CutOffNoted)
    silent = finding("silent", 1310, None, device=other, kind="silence.silent", p_value=1e-6)
    aside = live.take(silent).data
    assert isinstance(aside, AlertSetAside)
    assert aside.reason == "cut_off"


def _partition(device: str) -> int:
    return partition_of(aggregate_key(TENANT, device), PARTITIONS)


@pytest.mark.kafka
def test_a_killed_worker_goes_on_with_what_it_was_taught_and_all_is_derived_again(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    live = Live(kafka_bootstrap)
    with workers(kafka_bootstrap, tmp_path) as start:
        lived(live, start("triage").wait_ready(), start)
        told_by_others(live)
    assert live.ids() == [output.id for output in live.pure.outputs]
    on_the_log = [one.data for _, one in written(kafka_bootstrap, "alerts", TENANT)]
    assert on_the_log == [output.data for output in live.pure.outputs]
    settings = Settings(kafka_bootstrap=kafka_bootstrap)
    found = [one for name in live.ids() for one in verify(settings, name)]
    assert len(found) == len(live.pure.outputs)
    assert [one for one in found if not one.equal] == []
