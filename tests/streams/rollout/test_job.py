"""The gate job on a real Flink cluster and a real broker."""

from __future__ import annotations

import dataclasses
import os
import signal
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from schemas.rollout import ArmCounts, GatePolicy
from streams.log.reader import records
from streams.log.record import Record
from streams.replay.verdicts import verify_verdicts
from tests.streams.rollout.campaign_log import CampaignLog
from tests.streams.rollout.conftest import Gate
from tests.streams.rollout.oracle import Prefix

pytestmark = [pytest.mark.kafka, pytest.mark.flink, pytest.mark.timeout(240)]

START = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = GatePolicy(min_devices=5)
WELL = ArmCounts(assigned=75, healthy=75)
HARMED = ArmCounts(assigned=75, healthy=51, rebooted=12, silent=12)


def named(prefix: str, number: int) -> list[str]:
    return [f"{prefix}{i:02}" for i in range(number)]


def campaign_log(gate: Gate, tenant: str, policy: GatePolicy) -> CampaignLog:
    return CampaignLog(gate.bootstrap, tenant, "r1", START, policy)


def test_every_device_is_counted_once_in_its_state(gate: Gate) -> None:
    log = campaign_log(gate, "gate-counts", SMALL)
    well, rebooted, silent, never, fresh, late = (named(name, 3) for name in "abcdef")
    control = named("k", 12)
    log.report([*well, *control], [-20], boots=1)  # a boot before the assignment counts for nothing
    log.assign("treatment", [*well, *rebooted, *silent, *never, *fresh, *late])
    log.assign("control", control)
    log.begin(18, 12)
    log.report([*well, *rebooted, *control], [0, 10, 20], boots=2)
    log.report(silent, [5], boots=2)
    log.report(late, [18], boots=2)
    log.report(fresh, [25, 28], boots=2)
    log.report(rebooted, [30], boots=3)
    log.report([*well, *control], [30, 39], boots=2)
    log.report([*well, *control], [39], boots=2)  # sent twice
    expected = ArmCounts(assigned=18, healthy=3, rebooted=3, silent=9, pending=3)
    judged = gate.last(log.tenant, lambda v: v.treatment == expected)
    assert judged.control == ArmCounts(assigned=12, healthy=12)
    log.report(late, [31, 38], boots=2)  # what had looked silent comes late
    corrected = ArmCounts(assigned=18, healthy=6, rebooted=3, silent=6, pending=3)
    gate.last(log.tenant, lambda v: v.treatment == corrected)
    # Each verdict ever written, also those in between, is what its own prefix of the log says.
    prefix = Prefix(gate.bootstrap, log.tenant)
    for verdict in gate.verdicts(log.tenant):
        assert verdict.treatment == prefix.counts(verdict, "treatment")
        assert verdict.control == prefix.counts(verdict, "control")
    # And whoever verifies derives the very event again, its state hash included.
    written = [Record.of_confluent(m) for m in records(gate.bootstrap, "gate-verdicts") if m.value()]
    mine = [record for record in written if record.envelope().tenant == log.tenant]
    assert all(record.envelope().statehash for record in mine)
    found = list(verify_verdicts(gate.bootstrap, mine))
    assert [one.differences for one in found if not one.equal] == []
    forged = (mine[-1].value or b"").replace(b'"outcome":"HOLD"', b'"outcome":"PROMOTE"')
    (lie,) = verify_verdicts(gate.bootstrap, [dataclasses.replace(mine[-1], value=forged)])
    assert lie.differences == ('data.outcome: derived "HOLD", on the log "PROMOTE"',)


def test_submitting_it_leaves_no_temporary_files(gate: Gate) -> None:
    assert list(gate.temporary.iterdir()) == []


def test_a_clock_in_the_future_makes_nobody_silent(gate: Gate) -> None:
    # The last reports lie in another minute than all before: a verdict that says the same within a minute is not written again.
    log = CampaignLog(gate.bootstrap, "gate-clock", "r1", START + timedelta(seconds=49), SMALL)
    log.assign("treatment", named("t", 10))
    log.assign("control", named("c", 10))
    log.begin(10, 10)
    log.report([*named("t", 10), *named("c", 10)], [1, 10])
    log.write([("t00", log.at(50), 3.0)], received=log.at(11))
    log.report([*named("t", 10), *named("c", 10)], [12])
    judged = gate.last(log.tenant, lambda v: v.treatment.pending == 10 and v.newest >= log.at(12))
    assert judged.outcome == "HOLD"
    assert judged.newest == log.at(12)


def run_stage(log: CampaignLog, failing: int, seconds: list[float]) -> None:
    """75 devices an arm; some treated ones reboot at 20 s, half of them for good."""
    treated, control = named("t", 75), named("c", 75)
    broken = treated[:failing]
    for second in seconds:
        alive = [d for d in treated if d not in broken[: failing // 2] or second < 20]
        reports = [(d, log.at(second), 4.0 if d in broken and second >= 20 else 3.0) for d in alive]
        log.write([*reports, *((d, log.at(second), 3.0) for d in control)])


def test_a_healthy_stage_is_promoted_and_a_harmful_one_rolled_back(gate: Gate) -> None:
    good, bad = (campaign_log(gate, tenant, GatePolicy()) for tenant in ("gate-good", "gate-bad"))
    for log, failing in ((good, 0), (bad, 24)):
        log.assign("treatment", named("t", 75))
        log.assign("control", named("c", 75))
        log.begin(75, 75)
        run_stage(log, failing, [0, 10, 20, 30, 40])
    promoted = gate.last(good.tenant, lambda v: v.treatment == v.control == WELL)
    assert promoted.outcome == "PROMOTE"
    rolled_back = gate.last(bad.tenant, lambda v: v.treatment == HARMED and v.control == WELL)
    assert rolled_back.outcome == "ROLLBACK"
    ids = [envelope.id for envelope in gate.envelopes(good.tenant) + gate.envelopes(bad.tenant)]
    assert len(ids) == len(set(ids))
    assert all(e.key == f"{e.tenant}/r1".encode() for e in gate.envelopes(good.tenant))


def test_a_finished_stage_is_not_judged_again(gate: Gate) -> None:
    log = campaign_log(gate, "gate-finished", SMALL)
    for stage in (1, 2):
        log.assign("treatment", named("t", 10), stage)
        log.assign("control", named("c", 10), stage)
        log.begin(10, 10, stage)
    log.report([*named("t", 10), *named("c", 10)], [1, 10])
    gate.wait_for(lambda: {v.stage for v in gate.verdicts(log.tenant)} == {1, 2}, "both stages")
    log.finish(1)
    before = [v for v in gate.verdicts(log.tenant) if v.stage == 1]
    log.report([*named("t", 10), *named("c", 10)], [20, 35])
    gate.wait_for(
        lambda: any(v.stage == 2 and v.treatment.healthy == 10 for v in gate.verdicts(log.tenant)), "stage 2"
    )
    assert all(v.treatment.healthy == 0 for v in gate.verdicts(log.tenant) if v.stage == 1)
    assert len([v for v in gate.verdicts(log.tenant) if v.stage == 1]) <= len(before) + 1


def test_a_second_process_does_not_submit_the_job_again(gate: Gate) -> None:
    second = gate.start()
    try:
        gate.wait_for_log("on the cluster already")
    finally:
        second.send_signal(signal.SIGKILL)
        second.wait(timeout=10)
    assert gate.log.read_text().count("submitting") == 1


def workers(group: int) -> list[psutil.Process]:
    """The Python workers in a process group."""
    found = []
    for process in psutil.process_iter():
        try:
            if "pyflink.fn_execution" in " ".join(process.cmdline()) and os.getpgid(process.pid) == group:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def test_the_verdict_is_the_same_when_workers_are_killed_in_between(gate: Gate) -> None:
    log = campaign_log(gate, "gate-kill", GatePolicy())
    log.assign("treatment", named("t", 75))
    log.assign("control", named("c", 75))
    log.begin(75, 75)
    run_stage(log, 24, [0, 10])
    gate.last(log.tenant, lambda v: v.treatment.pending == 75)
    group = gate.cluster.pid("taskmanager")
    for worker in workers(group):
        worker.kill()
    run_stage(log, 24, [20, 25])
    gate.last(log.tenant, lambda v: v.treatment.rebooted == 12)
    gate.cluster.kill("taskmanager")
    run_stage(log, 24, [30])
    gate.cluster.start("taskmanager")
    run_stage(log, 24, [40])
    judged = gate.last(log.tenant, lambda v: v.treatment == HARMED and v.control == WELL)
    assert judged.outcome == "ROLLBACK"
    ids = [envelope.id for envelope in gate.envelopes(log.tenant)]
    assert len(ids) == len(set(ids))
    assert not workers(group)  # what the killed one left behind has ended
