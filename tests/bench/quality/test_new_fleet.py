"""A fleet's first days: who joins when, which faults begin at which age, and the command as its user runs it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from infra.simulator.behaviour import DAY_S
from tests.bench.quality.__main__ import main
from tests.bench.quality.fleet import schedule, youth
from tests.bench.quality.fleet.population import AWAKE, Population
from tests.bench.quality.fleet.watch import Finding

app = typer.Typer()
app.command()(main)


@pytest.fixture(scope="module")
def people() -> Population:
    return youth.people(5, 1000, 14)


def test_a_device_that_joins_says_nothing_before(people: Population) -> None:
    joined = people.joins_s > 0
    assert 0.15 < joined.mean() < 0.25
    times = schedule.of_day(people, 8)
    assert (times.time_s >= people.joins_s[times.device]).all()
    assert len(np.unique(times.device)) > (~joined).sum() / 2


def test_faults_begin_at_their_age_and_on_few_devices_at_a_time(people: Population) -> None:
    plan = youth.plan(people)
    assert 0.8 < (plan.fault >= 0).sum() / (len(people) / youth.DEVICES_A_FAULT * len(youth.KINDS)) < 1.2
    for place, name in enumerate(youth.KINDS):
        own, age = np.flatnonzero(plan.fault == place), name.split(", ")[1]
        begins = plan.begins_s[own]
        if age == youth.NEW:
            assert (people.sleep[own] == AWAKE).all()
            np.testing.assert_allclose(begins - people.joins_s[own], youth.REPORTS * people.interval_s[own])
        else:
            assert (people.joins_s[own] == 0).all()
            assert ((begins >= youth.AGES[age][0]) & (begins < youth.AGES[age][1])).all()
    assert ((plan.begins_s < DAY_S) & (plan.ends_s > DAY_S / 2)).mean() < 0.04


def test_false_alarms_are_rates_of_their_age(people: Population) -> None:
    old, new = np.flatnonzero(people.joins_s == 0), np.flatnonzero(people.joins_s > 0)
    found = [Finding(int(old[0]), 3600.0, "baseline", "tx_kbps", "low")] * 2
    found.append(Finding(int(new[0]), 12 * DAY_S, "baseline", "tx_kbps", "low"))
    rates = youth.false_alarms(people, found)
    assert rates["hours 1-24"] == pytest.approx(2000 / len(old), abs=1e-3)
    assert rates["days 2-3"] == rates["days 4-7"] == rates["later"] == 0
    assert 0 < rates[youth.NEW] < 1000 / len(new)


def test_the_figures_are_by_age() -> None:
    result = CliRunner().invoke(app, ["--kind", "new_fleet", "--devices", "100", "--seed", "5", "--json"])
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert set(told["false_alarms_by_age"]) == {*youth.AGES, youth.NEW}
    assert set(told["faults"]) == set(youth.GROSS)
    ages = [one for fault in told["faults"].values() for one in fault.values()]
    assert sum(one["devices"] for one in ages) > 5
    assert sum(one["devices"] * (one["recall"] or 0) for one in ages) > 0


def test_too_few_devices_or_days_are_said() -> None:
    for arguments in (["--devices", "99"], ["--days", "13"], ["--seed", "-1"]):
        result = CliRunner().invoke(app, ["--kind", "new_fleet", *arguments])
        assert (result.exit_code, result.stdout) == (2, "")
        assert arguments[0] in result.stderr
