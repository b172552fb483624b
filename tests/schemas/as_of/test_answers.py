"""Every answer about every moment is what a plain fold of the log's records says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.as_of import subject
from schemas.as_of.fleet import fleet
from schemas.as_of.moment import Moment
from schemas.credential import CredentialDecided
from tests.schemas.as_of import oracle
from tests.schemas.as_of.history import DEVICES, ROLLOUT, Told, histories, moments
from tests.schemas.as_of.store import Past
from tests.streams.archive.sample import EPOCH

pytestmark = pytest.mark.clickhouse


# Each try stores a history and asks forty questions, so making a failing one smaller would take minutes.
@settings(
    phases=[Phase.generate],
    max_examples=6, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(history=histories(), batches=st.integers(1, 4), merged=st.booleans(), data=st.data())
def test_answers_are_what_the_log_folds_to(
    past: Past, history: list[Told], batches: int, merged: bool, data: st.DataObject
) -> None:
    tenant = past.tell(history, batches)
    if merged:
        past.merge()
    for _ in range(2):
        check(past, tenant, history, *data.draw(moments(history)))
    last = max(told.recorded_time for told in history) + timedelta(days=1)
    check(past, tenant, history, last, last)


def test_a_proposal_waits_until_a_revocation_makes_it_needless(past: Past) -> None:
    hold = CredentialDecided(action="hold", state="proposed", reason="r", policy="p/1")
    revoke = CredentialDecided(action="revoke", state="decided", reason="r", policy="p/1", supersedes=("h",))
    times = [EPOCH + timedelta(seconds=n) for n in range(4)]
    history = [Told("cam", "h", times[0], times[0], hold), Told("cam", "r", times[2], times[2], revoke)]
    tenant = past.tell(history)

    def state(when: datetime) -> Any:
        return subject.credential(past.ask, Moment(when, when), tenant, "cam")["decisions"]["h"]["state"]

    assert [state(times[1]), state(times[3])] == ["proposed", "superseded"]


def check(past: Past, tenant: str, history: list[Told], at: datetime, known: datetime) -> None:
    """Every question about one moment."""
    seen, moment = oracle.counted(history, at, known), Moment(at, known)
    for name in DEVICES:
        check_device(subject.device(past.ask, moment, tenant, name), seen, name)
        check_credential(subject.credential(past.ask, moment, tenant, name), seen, name)
    for device, name in ((device, f"{device}-a{n}") for device in DEVICES for n in range(2)):
        check_alert(
            subject.alert(past.ask, moment, tenant, device, name), oracle.alerts(seen, device).get(name)
        )
    check_rollout(subject.rollout(past.ask, moment, tenant, ROLLOUT), oracle.rollout(seen))
    found = fleet(past.ask, moment, [tenant])
    for group, counts in oracle.fleet(seen, at).items():
        assert {name: found[group][name] for name in counts} == counts


def check_device(found: dict[str, Any], seen: list[Told], name: str) -> None:
    assert found["exists"] == oracle.exists(seen, name)
    if not found["exists"]:
        return
    report = oracle.last_report(seen, name)
    telemetry = found["telemetry"]
    assert (telemetry and telemetry["event_time"]) == (report and report.time)
    assert (telemetry and telemetry["recorded_time"]) == (report and report.recorded_time)
    assert found["firmware"] == oracle.firmware(seen, name)
    assert set(found["sessions"]) == oracle.sessions(seen, name)
    still_open = {a: one for a, one in oracle.alerts(seen, name).items() if one["status"] != "closed"}
    assert {a: one["risk"] for a, one in found["alerts"].items()} == {
        a: one["risk"] for a, one in still_open.items()
    }
    assert found["risk"] == max((one["risk"] for one in still_open.values()), default=0)


def check_credential(found: dict[str, Any], seen: list[Told], name: str) -> None:
    expected = oracle.credential(seen, name)
    assert {key: found[key] for key in expected} == expected


def check_alert(found: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert found["exists"] == (expected is not None)
    if expected is not None:
        assert set(found["evidence"]) == set(expected.pop("evidence"))
        assert {key: found[key] for key in expected} == expected


def check_rollout(found: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert found["exists"] == (expected is not None)
    if expected is not None:
        assert found.get("state") == expected["state"]
        assert found.get("stage") == expected["stage"]
        gates = {int(n): one["gate"]["outcome"] for n, one in found["by_stage"].items() if one["gate"]}
        assert gates == expected["gates"]
