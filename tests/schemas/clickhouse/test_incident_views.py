"""One thing is one row though four partitions tell of it, asked of the real engine about what triage really writes."""

from __future__ import annotations

import random

import pytest

from detectors.state import State, observe_telemetry
from schemas.action import AlertJudge
from schemas.alert import AlertOpened
from schemas.event import Envelope
from tests.detectors.feedback.story import Told, envelope, finding
from tests.detectors.fleet import fleet_batch
from tests.detectors.triage.parts import BACK, alerts_of, told_of
from tests.schemas.clickhouse.story import Story

pytestmark = pytest.mark.clickhouse
DEVICES = ("cam-1", "cam-2", "cam-3", "cam-4")


def lost(starts: tuple[float, ...] = (0, 3, 14.9, 15.1)) -> list[Envelope]:
    """A lost site: one finding a partition, with starts that differ and lie on both sides of a quarter of an hour."""
    return [
        told_of(device, start + 4, since=start, members=50 + number)
        for number, (device, start) in enumerate(zip(DEVICES, starts, strict=True))
    ]


def test_a_lost_site_is_one_row_with_all_its_members(story: Story) -> None:
    written = alerts_of(lost())
    assert len({one.data.alert for one in written if isinstance(one.data, AlertOpened)}) == 4
    story.tell(*written)
    row = story.one("incidents", "acme")
    assert (row["members"], row["of"], row["severity"], row["status"]) == (206, 240, "high", "open")
    assert row["what"] == "devices at site berlin fell silent together"
    assert set(row["parts"]) == {one["alert"] for one in story.ask("alerts", "acme")}
    assert set(row["devices"]) == set(DEVICES)
    assert row["alert"] in row["parts"] and row["parts"][0] == row["alert"]
    assert len(row["explanation"].split("\n")) == 4
    assert row["detections"] == 4


def test_devices_alike_that_do_the_same_are_one_row_named_by_how_many(story: Story) -> None:
    devices, odd = [f"pump-{number}" for number in range(7)], frozenset(["pump-1", "pump-2", "pump-5"])
    state = State()
    batches = [fleet_batch("acme", devices, step, odd if step >= 120 else frozenset()) for step in range(130)]
    found = [one for batch in batches for one in observe_telemetry(state, batch, "telemetry/0/0")]
    story.tell(*alerts_of([*found, finding("alone", 5, device="cam-7")]))
    row, other = sorted(story.ask("incidents", "acme"), key=lambda row: -len(row["parts"]))
    assert (sorted(row["devices"]), row["members"], row["of"]) == (sorted(odd), 3, 0)
    assert row["what"] == "devices (pump, berlin): tx is above usual"
    assert other["devices"] == ["cam-7"]


def test_the_order_in_which_partitions_tell_makes_no_difference(story: Story) -> None:
    written = alerts_of(lost())
    random.Random(3).shuffle(written)
    story.tell(*written)
    row = story.one("incidents", "acme")
    assert (len(row["parts"]), row["members"]) == (4, 206)


def test_another_site_another_tenant_and_another_day_are_other_rows(story: Story) -> None:
    elsewhere = told_of("cam-9", 6, key="silence site oslo", what="devices at site oslo fell silent together")
    later = told_of("cam-8", 24 * 60, since=24 * 60 - 4)
    story.tell(*alerts_of([*lost(), elsewhere, later, finding("alone", 5, device="cam-7")]))
    assert sorted(len(row["parts"]) for row in story.ask("incidents", "acme")) == [1, 1, 1, 4]
    assert len(story.ask("alerts", "acme")) == 7
    assert story.ask("incidents", "globex") == []


def test_while_one_part_is_out_the_row_says_so_and_counts_only_it(story: Story) -> None:
    back = [told_of(device, 40, "silence.restored", what=BACK, severity="low") for device in DEVICES[1:]]
    story.tell(*alerts_of([*lost(), *back]))
    row = story.one("incidents", "acme")
    assert (row["kind"], row["severity"], row["device"]) == ("silence.outage", "high", "cam-1")
    assert (row["members"], row["of"], len(row["parts"])) == (50, 60, 4)
    end = told_of("cam-1", 45, "silence.restored", what=BACK, severity="low")
    story.tell(*alerts_of([*lost()[:1], end])[1:])
    row = story.one("incidents", "acme")
    assert (row["severity"], row["what"], row["members"]) == ("low", BACK, 200)


def test_a_part_that_is_closed_alone_leaves_the_others_open(story: Story) -> None:
    told = Told()
    opened = told.take(lost()[0])
    told.take(
        envelope("j", "cam-1", 30, AlertJudge(actor="ana", alert=opened.alert, verdict="true_positive"))
    )
    story.tell(*told.outputs, *alerts_of(lost()[1:]))
    rows = {row["status"]: row for row in story.ask("incidents", "acme")}
    assert {status: len(row["parts"]) for status, row in rows.items()} == {"open": 3, "closed": 1}
    assert rows["open"]["members"] == 51 + 52 + 53
    assert rows["closed"]["verdict"] == "true_positive"


def test_a_story_of_a_device_is_a_row_as_it_was(story: Story) -> None:
    story.tell(*alerts_of([finding("a", 0), finding("b", 5, 20.0)]))
    row, alert = story.one("incidents", "acme"), story.one("alerts", "acme")
    assert {name: row[name] for name in alert if name != "told_scope"} == alert


def test_a_cohort_that_moves_is_one_row_and_its_title_stays(story: Story) -> None:
    kind, key = "cohort.shift.temperature_c", "cohort.shift.temperature_c up pump, berlin"
    found = [
        told_of(device, 4 + n, kind, since=n, key=key, what="", of=0, members=10, severity="medium")
        for n, device in enumerate(DEVICES)
    ]
    down = told_of("cam-9", 5, kind, key=key.replace(" up ", " down "), what="", of=0, severity="medium")
    story.tell(*alerts_of([*found, down]))
    rows = sorted(story.ask("incidents", "acme"), key=lambda row: len(row["parts"]))
    assert [(len(row["parts"]), row["members"], row["of"]) for row in rows] == [(1, 50, 0), (4, 40, 0)]
    assert rows[1]["title"].startswith("title cohort.shift")


def test_a_verdict_on_every_part_closes_the_row(story: Story) -> None:
    outputs = []
    for found in lost():
        told = Told()
        opened = told.take(found)
        told.judge(opened.alert, "false_positive", 30, found.subject)
        outputs += told.outputs
    story.tell(*outputs)
    row = story.one("incidents", "acme")
    assert (row["status"], row["verdict"], len(row["parts"])) == ("closed", "false_positive", 4)
    assert row["closed_time"] is not None
