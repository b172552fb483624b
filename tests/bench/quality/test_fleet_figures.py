"""False alarms and recall of findings made up by hand, then the command as its user runs it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from infra.simulator.behaviour import DAY_S
from tests.bench.quality.__main__ import main
from tests.bench.quality.fleet import fault, population, recall
from tests.bench.quality.fleet.false_alarm import cause, figures, together
from tests.bench.quality.fleet.fault import COHORT, FAULTS, NAMES
from tests.bench.quality.fleet.population import AWAKE, NIGHTS, Population
from tests.bench.quality.fleet.watch import Finding

app = typer.Typer()
app.command()(main)
WEDNESDAY_S = 9 * DAY_S


@pytest.fixture(scope="module")
def people() -> Population:
    """Forty devices in Berlin that are awake, start only before the beginning and keep their firmware."""
    made = population.make(1, 40, 25)
    return replace(
        made,
        sleep=np.full(40, AWAKE),
        zone_s=np.full(40, 3600.0),
        upgraded_s=np.full(40, np.inf),
        boots_s=np.full((40, 1), -DAY_S),
    )


def finding(device: int, time_s: float, metric: str = "tx_kbps", kind: str = "baseline") -> Finding:
    return Finding(device, time_s, kind, metric, "medium")


def test_false_alarms_are_counted_per_thousand_device_days(people: Population) -> None:
    found = [
        finding(0, 100.0),
        finding(0, 200.0, "cpu_pct"),
        finding(1, WEDNESDAY_S + 43_200.0, "setpoint_c", "baseline.drift"),
    ]
    told = figures(people, found)
    assert (told["false_alarms"], told["per_1000_device_days"], told["devices_with_any"]) == (3, 3.0, 2)
    assert told["alerts_per_1000_device_days"] == 2.0
    assert told["by_kind"] == {"baseline": 2.0, "baseline.drift": 1.0}
    assert told["by_metric_kind"] == {"heavy tail": 1.0, "rhythm": 1.0, "schedule": 1.0}
    assert told["by_cause"] == {"first week": 2.0, "ordinary": 1.0}
    assert told["by_week"] == {"week 1": 2.0, "week 2": 1.0}
    assert sum(told["pairs"].values()) == 3.0
    rates = told["by_interval_s"]
    shares = [float((people.interval_s == float(one)).mean()) for one in rates]
    assert sum(rate * share for rate, share in zip(rates.values(), shares, strict=True)) == pytest.approx(
        3.0, abs=0.01
    )


def test_findings_of_one_quarter_of_an_hour_on_one_device_are_one_alert() -> None:
    assert len(together([finding(0, 10.0), finding(0, 890.0), finding(0, 910.0), finding(1, 10.0)])) == 3


def test_no_finding_is_no_false_alarm(people: Population) -> None:
    told = figures(people, [])
    assert (told["false_alarms"], told["per_1000_device_days"], told["by_cause"]) == (0, 0.0, {})


@pytest.mark.parametrize(
    ("change", "time_s", "expected"),
    [
        ({}, 3 * DAY_S, "first week"),
        ({}, WEDNESDAY_S, "ordinary"),
        ({}, 12 * DAY_S, "weekend"),
        ({"upgraded_s": np.full(40, WEDNESDAY_S - 7200)}, WEDNESDAY_S, "new firmware"),
        ({"upgraded_s": np.full(40, WEDNESDAY_S + 1)}, WEDNESDAY_S, "ordinary"),
        ({"boots_s": np.full((40, 1), WEDNESDAY_S - 7200)}, WEDNESDAY_S, "reboot"),
        # A quarter past six in Berlin, an hour before it was asleep.
        ({"sleep": np.full(40, NIGHTS)}, WEDNESDAY_S + 5.25 * 3600, "woke up"),
    ],
)
def test_a_false_alarm_has_a_cause(people: Population, change: object, time_s: float, expected: str) -> None:
    assert cause(replace(people, **change), finding(0, time_s)) == expected  # type: ignore[arg-type]


def test_recall_counts_what_tells_of_the_fault_while_it_lasts() -> None:
    number = NAMES.index("exfiltration")
    plan = fault.Plan(
        fault=np.array([number, number, number, -1]),
        begins_s=np.array([1000.0, 1000.0, 1000.0, np.inf]),
        ends_s=np.array([2000.0, 2000.0, 2000.0, np.inf]),
    )
    found = [
        finding(0, 1120.0),  # found
        finding(0, 1300.0),  # a second finding of it
        finding(0, 999.0),  # too early
        finding(1, 1200.0, "cpu_pct"),  # another metric
        finding(1, 2000.0),  # its end
        finding(2, 1500.0),  # as in health
        finding(3, 1500.0),  # no fault
    ]
    healthy = [finding(2, 1500.0)]
    made = [(np.repeat(np.arange(4), 30), np.tile(np.arange(30) * 60.0 + 1000.0, 4))]
    told = recall.figures(plan, found, healthy, made)["exfiltration"]
    assert told == {
        "devices": 3,
        "recall": 0.333,
        "by_chance": 0.333,
        "delay_min": {"median": 2.0, "p90": 2.0},
        "delay_reports": {"median": 3.0, "p90": 3.0},
        "findings_per_device": 0.67,
    }


def test_a_fault_nobody_has_and_one_nobody_finds() -> None:
    plan = fault.Plan(np.array([NAMES.index("stuck")]), np.array([0.0]), np.array([10.0]))
    told = recall.figures(plan, [], [], [(np.array([0]), np.array([5.0]))])
    assert (told["stuck"]["recall"], told["stuck"]["delay_min"]) == (0.0, None)
    assert (told["spikes"]["devices"], told["spikes"]["recall"]) == (0, None)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["--kind", "fleet", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_figures_are_one_line_of_json_and_a_crude_attack_is_found() -> None:
    code, out, err = run("--devices", "75", "--days", "4", "--seed", "5", "--json")
    assert (code, out.count("\n")) == (0, 1), err
    told = json.loads(out)
    assert (told["kind"], told["devices"], told["days"], told["seed"]) == ("fleet", 75, 4, 5)
    assert set(told["faults"]) == set(FAULTS)
    assert told["reports"] > 20_000
    assert told["detectors"]
    assert told["setting"]
    assert told["healthy"]["per_1000_device_days"] == pytest.approx(
        told["healthy"]["false_alarms"] / 0.3, abs=0.001
    )
    attack = told["faults"]["exfiltration"]
    assert attack["devices"] == 2
    assert attack["recall"] >= 0.5
    assert attack["delay_min"]["median"] < 180
    assert told["faults"][COHORT]["not_low"] <= told["faults"][COHORT]["findings"]


def test_a_person_gets_a_table() -> None:
    code, out, _ = run("--devices", "64", "--days", "4")
    assert code == 0
    assert "per 1,000 device-days" in out
    assert [
        line.split()[0] for line in out.splitlines() if line.split()[:1] and line.split()[0] in FAULTS
    ] == list(NAMES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--devices", "10"), "--devices: is 10, but at least 64 is needed"),
        (("--days", "3"), "--days: is 3, but at least 4 is needed"),
        (("--seed", "-1"), "--seed: is -1"),
        (("folder",), "PATH: this kind is simulated"),
        (("--scores", "folder"), "--scores: this kind is simulated"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_recordings_have_no_size_and_must_be_named() -> None:
    for arguments, message in ((["--days", "5"], "--days: only a simulated"), ([], "PATH: no recordings")):
        result = CliRunner().invoke(app, ["--kind", "nab", *arguments])
        assert result.exit_code == 2
        assert message in result.stderr
