"""What the read models say about a story told in events, asked of the real engine."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas import event, migrations, telemetry
from schemas.action import DecisionSettle
from schemas.alert import AlertAcknowledged, AlertClosed, AlertOpened, AlertUpdated
from schemas.credential import Action, CredentialDecided, EnforcementRecorded, Step
from schemas.dead_letter import bury, to_headers
from schemas.detection import Evidence
from schemas.errors import Rejected
from schemas.event import Envelope, Event
from schemas.ledger import DetectionCounted, IngestCounted
from schemas.rollout import (
    ArmCounts,
    DeviceAssigned,
    GateJudged,
    GatePolicy,
    RolloutDefined,
    StageFinished,
    StageStarted,
)
from schemas.security import AuthenticationFailed, DeviceProvisioned
from streams.archive.batch import batch_of
from streams.archive.buffer import Partition, Record
from streams.archive.target import Target
from streams.store import connect
from tests.schemas.clickhouse.test_migrations import PLATFORM
from tests.streams.archive.sample import EPOCH, batch, envelope

pytestmark = pytest.mark.clickhouse
Rows = list[dict[str, Any]]


class Story:
    """Stores events in the order they are told, each topic one partition, and asks views."""

    def __init__(self, client: Client, target: Target) -> None:
        self.client = client
        self._target = target
        self._offsets: dict[str, int] = {}
        # Each story starts its offsets anew, so without this its inserts would be taken for repetitions.
        self._name = uuid.uuid4().hex

    def tell(self, *told: Envelope | Record) -> None:
        cut: dict[Partition, list[Record]] = {}
        for one in told:
            record = one if isinstance(one, Record) else self._record(one)
            offset = self._offsets[record.topic] = self._offsets.get(record.topic, -1) + 1
            cut.setdefault((record.topic, 0), []).append(record._replace(offset=offset))
        made = batch_of(cut, EPOCH)
        assert made.letters == ()
        for insert in (*made.inserts, made.ledger):
            self._target.insert(replace(insert, token=f"{insert.token}-{self._name}"))

    def ask(self, view: str, *tenants: str, where: str = "1") -> Rows:
        source = f"{view}(tenants = {{tenants:Array(String)}})" if tenants else view
        found = self.client.query(
            f"SELECT * FROM {source} WHERE {where}", parameters={"tenants": list(tenants)}
        )
        return list(found.named_results())

    def one(self, view: str, *tenants: str, where: str = "1") -> dict[str, Any]:
        (row,) = self.ask(view, *tenants, where=where)
        return row

    def _record(self, found: Envelope) -> Record:
        return Record(
            type(found.data).TOPIC, 0, 0, tuple(event.to_headers(found)), event.encode(found), EPOCH
        )


@pytest.fixture(scope="module")
def database(clickhouse_url: str) -> Iterator[tuple[Client, Target]]:
    """One migrated database for the module; every test has tenants of its own."""
    url = f"{clickhouse_url}/views_{uuid.uuid4().hex[:12]}"
    target = Target(url, threading.Event())
    client = connect(url)
    target.migrate()
    yield client, target
    client.command(f"DROP DATABASE {url.rpartition('/')[2]}")
    client.close()


@pytest.fixture
def story(database: tuple[Client, Target]) -> Story:
    """An empty story: the tables hold nothing."""
    client, target = database
    tables = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    for (table,) in tables.result_rows:
        if table != "migrations":
            client.command(f"TRUNCATE TABLE {table}")
    return Story(client, target)


def about(number: int, data: Event, subject: str = "cam", after_s: float | None = None) -> Envelope:
    return envelope("acme", subject, number, data, number if after_s is None else after_s)


def opened(severity: Any = "high", **more: Any) -> AlertOpened:
    facts: dict[str, Any] = {
        "kind": "rule.account_takeover",
        "title": "Taken over",
        "explanation": "Odd.",
        "risk": 70,
    }
    return AlertOpened(alert="alert-1", severity=severity, detection="d1", since=EPOCH, **{**facts, **more})


def piece(name: str) -> Evidence:
    return Evidence(event=name, origin="security-events/0/1", time=EPOCH, summary=f"saw {name}")


def test_an_alert_is_the_fold_of_its_events(story: Story) -> None:
    update = AlertUpdated(
        alert="alert-1", kind="rule.account_takeover", title="Taken over, with data sent out", explanation="Odd.\nVery.",
        severity="critical", risk=94, detection="d2", detections=2, evidence=(piece("e2"), piece("e1")),
        kinds=("rule.account_takeover", "baseline.tx_kbps"),
    )  # fmt: skip
    story.tell(about(1, opened(evidence=(piece("e1"),), kinds=("rule.account_takeover",))), about(2, update))
    row = story.one("alerts", "acme")
    assert (row["status"], row["severity"], row["risk"], row["detections"]) == ("open", "critical", 94, 2)
    assert (row["opened_time"], row["updated_time"]) == (at(1), at(2))
    assert [e["event"] for e in json.loads(row["evidence"])] == ["e1", "e2"]
    assert row["kinds"] == ["rule.account_takeover", "baseline.tx_kbps"]
    assert (row["verdict"], row["closed_time"]) == ("", None)

    story.tell(about(3, AlertAcknowledged(alert="alert-1", actor="ann")))
    assert story.one("alerts", "acme")["status"] == "acknowledged"
    story.tell(about(4, AlertClosed(alert="alert-1", actor="bob", verdict="true_positive", comment="yes")))
    row = story.one("alerts", "acme")
    assert [row[n] for n in ("status", "verdict", "actor", "comment")] == [
        "closed",
        "true_positive",
        "bob",
        "yes",
    ]
    assert (row["closed_time"], row["title"]) == (at(4), "Taken over, with data sent out")
    changes = [h["change"] for h in story.ask("alert_history", "acme", where="1 ORDER BY kafka_offset")]
    assert changes == ["opened", "updated", "acknowledged", "closed"]


def test_nobody_sees_what_belongs_to_others(story: Story) -> None:
    story.tell(about(1, opened()), envelope("globex", "cam", 1, opened()))
    assert [row["tenant"] for row in story.ask("alerts", "globex")] == ["globex"]
    assert len(story.ask("alerts", "globex", "acme")) == 2
    assert story.ask("alerts", "acme') OR 1=1 --") == []
    assert sorted(row["tenant"] for row in story.ask("tenants")) == ["acme", "globex"]


def decided(action: Action, state: Any = "decided", **more: Any) -> CredentialDecided:
    return CredentialDecided(action=action, state=state, reason="why", policy="p@1", since=EPOCH, **more)


def step(decision: Envelope, action: Action, name: Step, after_s: float, detail: str = "") -> Envelope:
    data = EnforcementRecorded(
        decision=decision.id, action=action, step=name, at=EPOCH + timedelta(seconds=after_s), detail=detail
    )
    return about(1000 + int(after_s * 100), data)


def test_a_held_credential_is_cut_off_once_the_session_is_dropped(story: Story) -> None:
    hold = about(10, decided("hold"))
    story.tell(hold)
    row = story.one("credentials", "acme")
    assert (row["state"], row["wanted"], row["pending"], row["cut_off_s"]) == ("active", "held", 1, None)

    story.tell(
        step(hold, "hold", "decided", 10.1),
        step(hold, "hold", "ca_updated", 10.2),
        step(hold, "hold", "revocation_visible", 10.3),
    )
    assert story.one("credentials", "acme")["cut_off_s"] == pytest.approx(0.3)
    story.tell(step(hold, "hold", "session_dropped", 10.5), step(hold, "hold", "reconnect_refused", 11.5))
    row = story.one("credentials", "acme")
    assert (row["state"], row["pending"], row["held_by"]) == ("held", 0, hold.id)
    assert row["cut_off_s"] == pytest.approx(0.5)
    assert row["reconnect_refused_at"] == at(11.5)


def test_reinstating_lets_a_held_credential_work_again_but_never_a_revoked_one(story: Story) -> None:
    actions: tuple[Action, ...] = ("hold", "reinstate", "revoke", "reinstate")
    hold, back, revoke, again = (
        about(number, decided(action)) for number, action in zip((10, 20, 30, 40), actions, strict=True)
    )
    story.tell(hold, step(hold, "hold", "ca_updated", 10.1), back)
    assert (story.one("credentials", "acme")["state"], story.one("credentials", "acme")["wanted"]) == (
        "held",
        "active",
    )
    story.tell(step(back, "reinstate", "ca_updated", 20.1), step(back, "reinstate", "reinstated", 20.2))
    row = story.one("credentials", "acme")
    assert (row["state"], row["pending"], row["cut_off_at"]) == ("active", 0, None)
    story.tell(
        revoke,
        step(revoke, "revoke", "ca_updated", 30.1),
        again,
        step(again, "reinstate", "failed", 40.1, "revoked"),
    )
    row = story.one("credentials", "acme")
    assert (row["state"], row["wanted"], row["pending"]) == ("revoked", "revoked", 0)


def test_a_proposal_changes_nothing_until_a_person_answers(story: Story) -> None:
    proposal = about(1, decided("hold", "proposed"))
    story.tell(proposal)
    assert story.one("decisions", "acme")["state"] == "proposed"
    assert story.one("credentials", "acme")["wanted"] == "active"
    assert not story.one("credentials", "acme")["pending"]

    answer = DecisionSettle(actor="ann", decision=proposal.id, answer="approve", comment="go")
    settled = about(3, decided("hold", actor="ann", proposal=proposal.id))
    story.tell(about(2, answer), settled)
    rows = {row["decision"]: row for row in story.ask("decisions", "acme")}
    assert [rows[proposal.id][n] for n in ("state", "actor", "comment", "settled_by")] == [
        "approved",
        "ann",
        "go",
        settled.id,
    ]
    assert (rows[settled.id]["state"], rows[settled.id]["proposal"]) == ("decided", proposal.id)
    assert story.one("credentials", "acme")["wanted"] == "held"


def test_a_rejected_proposal_is_not_in_force(story: Story) -> None:
    proposal = about(1, decided("revoke", "proposed"))
    story.tell(proposal, about(2, decided("revoke", "rejected", actor="ann", proposal=proposal.id)))
    states = {row["decision"]: row["state"] for row in story.ask("decisions", "acme")}
    assert states[proposal.id] == "rejected"
    assert not story.one("credentials", "acme")["pending"]


def verdict(number: int, outcome: Any, stage: int = 1) -> Envelope:
    data = GateJudged(
        rollout="r1", stage=stage, outcome=outcome, explanation=f"{outcome}: so", treatment=ArmCounts(assigned=2, rebooted=1),
        control=ArmCounts(assigned=1, healthy=1), difference=0.5, low=0.1, high=0.9, margin=0.1, alpha=0.05, needed=40,
        newest=EPOCH + timedelta(seconds=number), frontier={"rollouts": {"0": 4}},
    )  # fmt: skip
    return about(number, data, "r1")


def test_a_rollout_from_definition_to_its_end(story: Story) -> None:
    story.tell(
        about(1, RolloutDefined(firmware="2", previous="1", stages=2, policy=GatePolicy(margin=0.1)), "r1")
    )
    row = story.one("rollouts", "acme")
    assert [row[n] for n in ("state", "stage", "margin", "alpha", "soak_s", "gate")] == [
        "defined",
        0,
        0.1,
        0.05,
        30,
        "",
    ]

    policy = GatePolicy(margin=0.1)
    story.tell(
        about(2, DeviceAssigned(stage=1, arm="treatment", device="d1", policy=policy), "r1"),
        about(3, DeviceAssigned(stage=1, arm="control", device="d2", policy=policy), "r1"),
        about(4, StageStarted(stage=1, treatment=1, control=1), "r1"),
        verdict(5, "HOLD"),
        verdict(6, "PROMOTE"),
    )
    row = story.one("rollouts", "acme")
    assert [row[n] for n in ("state", "stage", "gate", "gate_time")] == ["running", 1, "PROMOTE", at(6)]
    assert {d["device"]: d["arm"] for d in story.ask("rollout_devices", "acme")} == {
        "d1": "treatment",
        "d2": "control",
    }
    assert [h["outcome"] for h in story.ask("gate_history", "acme", where="1 ORDER BY kafka_offset")] == [
        "HOLD",
        "PROMOTE",
    ]
    newest = story.one("gate_verdicts", "acme")
    assert (newest["outcome"], newest["treatment_rebooted"], newest["difference"]) == ("PROMOTE", 1, 0.5)

    story.tell(about(7, StageFinished(stage=1, outcome="promoted", verdict="v"), "r1"))
    assert story.one("rollouts", "acme")["state"] == "waiting"
    story.tell(
        about(8, StageStarted(stage=2, treatment=9, control=9), "r1"),
        about(9, StageFinished(stage=2, outcome="rolled_back"), "r1"),
    )
    row = story.one("rollouts", "acme")
    assert (row["state"], row["stage"], row["updated_time"]) == ("rolled_back", 2, at(9))
    stages = {
        s["stage"]: (s["outcome"], s["verdict"], s["treatment"], s["gate"])
        for s in story.ask("rollout_stages", "acme")
    }
    assert stages == {1: ("promoted", "v", 1, "PROMOTE"), 2: ("rolled_back", "", 9, "")}


def measured(first: int, rows: int) -> Record:
    headers, value = telemetry.encode(batch("acme", "cam", first, rows))
    return Record("telemetry", 0, 0, tuple(headers), value, EPOCH)


def test_a_device_is_what_it_last_said(story: Story) -> None:
    story.tell(
        about(1, DeviceProvisioned(model="c1", site="north", firmware="1.0"), "new"),
        about(2, DeviceProvisioned(model="c1", site="north", firmware="1.0")),
        about(3, opened(risk=70)),
        measured(10, 5),
        measured(0, 5),
    )
    rows = {row["device"]: row for row in story.ask("devices", "acme")}
    assert [rows["new"][n] for n in ("model", "firmware", "last_seen", "credential_state")] == [
        "c1",
        "1.0",
        None,
        "active",
    ]
    cam = rows["cam"]
    assert [cam[n] for n in ("model", "firmware", "first_seen", "last_seen")] == [
        "model",
        "firmware",
        at(0),
        at(14),
    ]
    assert (cam["metrics"], cam["open_alerts"], cam["risk"]) == ({"temperature_c": 14.0}, 1, 70)
    asked = "measurements(tenants = ['acme'], device = 'cam', since = '2026-05-01 12:00:04', until = '2026-05-01 12:00:11')"
    assert [row["metrics"] for row in story.ask(asked)] == [{}, {}]


def test_detections_newest_totals_of_each_partition_are_added_up(story: Story) -> None:
    assert story.one("detection_totals")["partitions"] == 0
    told = [
        DetectionCounted(
            partition=partition,
            telemetry_offset=offset,
            scored=offset * 10,
            late=partition,
            infinite=1,
            unmodelled=2,
            devices=offset,
            forgotten=0,
            duplicates=offset,
        )
        for partition, offset in ((0, 5), (0, 9), (3, 2), (0, 7))
    ]
    story.tell(*(envelope("system", f"detection/{one.partition}", n, one, n) for n, one in enumerate(told)))
    row = story.one("detection_totals")
    names = ("scored", "late", "infinite", "unmodelled", "devices", "forgotten", "duplicates", "partitions")
    assert [row[name] for name in names] == [110, 3, 2, 4, 11, 0, 11, 2]


def test_the_ledger_balances_and_counts_repeated_events_once(story: Story) -> None:
    login = AuthenticationFailed(account="root", address="127.0.0.9")
    counted = [
        IngestCounted(instance=i, channel=c, received=n + 1, accepted=n, dead_lettered=1)
        for i, c, n in (("a", "mqtt", 3), ("a", "mqtt", 5), ("b", "mqtt", 4), ("a", "http", 2))
    ]
    letter = bury(
        b"x",
        Rejected("bad_json", "body", "not JSON"),
        origin="http:/v1/telemetry",
        process="ingest",
        time=EPOCH,
    )
    story.tell(
        measured(0, 5),
        measured(2, 5),
        about(1, login),
        *(envelope("system", "a", n, data, n) for n, data in enumerate(counted)),
        Record("dead-letters", 0, 0, tuple(to_headers(letter)), letter.raw, EPOCH),
    )
    channels = {
        r["channel"]: (r["received"], r["accepted"], r["dead_lettered"], r["instances"])
        for r in story.ask("ledger_channels")
    }
    assert channels == {"mqtt": (11, 9, 2, 2), "http": (3, 2, 1, 1)}
    row = story.one("ledger")
    numbers = (
        "accepted",
        "archived",
        "stored",
        "duplicates",
        "difference",
        "dead_lettered",
        "dead_letters_stored",
    )
    assert [row[n] for n in numbers] == [11, 11, 8, 3, 0, 3, 1]
    group = story.one("dead_letter_groups", "")
    assert [group[n] for n in ("process", "code", "field", "letters", "sample_raw")] == [
        "ingest",
        "bad_json",
        "body",
        1,
        "x",
    ]


def described() -> dict[str, str]:
    """What the comments above each view say; where it was replaced, both of them."""
    text = "".join(path.read_text() for path in sorted(migrations.FOLDER.glob("*.sql")))
    found = re.findall(
        r"-- (\w+)(?:\(|:)((?:.*\n--)*.*\n)CREATE (?:OR REPLACE VIEW|VIEW IF NOT EXISTS) (\w+)", text
    )
    said: dict[str, str] = {}
    for name, words, view in found:
        if name == view:
            said[view] = said.get(view, "") + words
    return said


def test_the_comment_above_a_view_names_every_column(story: Story) -> None:
    views = story.client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    )
    asked = {name: "" if name in PLATFORM else "(tenants = [''])" for (name,) in views.result_rows}
    asked["measurements"] = (
        "(tenants = [''], device = '', since = '2026-01-01 00:00:00', until = '2026-01-01 00:00:00')"
    )
    moment = "at = '2026-01-01 00:00:00', known = '2026-01-01 00:00:00'"
    asked |= {
        name: f"(tenants = [''], subjects = [''], {moment})" for name in asked if name.endswith("_as_of")
    }
    asked |= dict.fromkeys(("named", "owners"), "(tenants = [''], name = '')")
    asked["twin_settings"] = "(tenants = [''], device = '')"
    said = described()
    said["gate_verdicts"] += said["gate_history"]
    missing = {
        (name, column)
        for name, arguments in asked.items()
        for column in story.client.query(f"SELECT * FROM {name}{arguments} LIMIT 0").column_names
        if not re.search(rf"\b{column.replace('control_', 'treatment_')}\b", said.get(name, ""))
    }
    assert missing == set()


def at(after_s: float) -> Any:
    return (EPOCH + timedelta(seconds=after_s)).astimezone(UTC).replace(tzinfo=None)
