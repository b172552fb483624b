"""What-ifs over a past that the live processes made: without a change it is that past, and a change shows what it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detectors.variant.parsing import parse
from schemas.settings import Settings
from schemas.what_if import Result
from streams.what_if.history import History
from streams.what_if.run import run
from tests.detectors.fleet import moment
from tests.streams.what_if.past import CLONED, DEVICES, SPIKES, TAKEN

pytestmark = pytest.mark.kafka
ROOT = Path(__file__).resolve().parents[3]


class Silent:
    """Nobody looks."""

    def read(self, records: int, events: int, reached: object) -> None:
        """Go on."""


def what_if(bootstrap: str, **variant: Any) -> Result:
    """The result of a variant over everything on the log."""
    settings = Settings(kafka_bootstrap=bootstrap)
    return run(settings, parse(variant), History(bootstrap, Silent()), Silent())


def test_without_a_change_it_is_exactly_what_happened(past: str) -> None:
    found = what_if(past)
    assert found.check.facts == found.check.equal > len(SPIKES) + 3
    assert found.alerts.was == found.alerts.would_be == len(SPIKES) + 3
    assert (found.alert_differences, found.device_differences, found.gate_differences) == ([], [], [])
    assert found.notes == []
    assert found.sentence.startswith("Nothing would have been different")


def test_a_stretch_without_a_change_is_exactly_what_happened_in_it(past: str) -> None:
    since, until = moment(85), moment(120)
    found = what_if(past, since=since.isoformat(), until=until.isoformat())
    inside = [at for at in SPIKES.values() if since <= moment(at + 2) < until]
    assert found.alerts.was == len(inside) + 2
    assert found.check.facts == found.check.equal
    assert found.alert_differences == []


def test_a_rule_that_is_off_loses_its_alert_and_spares_the_device(past: str) -> None:
    found = what_if(past, rules={"account_takeover": {"on": False}})
    (lost,) = found.alert_differences
    assert lost.was is not None
    assert (lost.change, lost.was.device, lost.verdict, lost.score) == (
        "lost",
        TAKEN,
        "true_positive",
        "worse",
    )
    (device,) = found.device_differences
    assert (device.device, device.would_be) == (TAKEN, None)
    assert device.was is not None
    assert device.was.action == "hold"
    assert f"{TAKEN} would have kept its credential" in found.sentence
    assert "1 that analysts judged true" in found.sentence
    assert found.check.facts == found.check.equal


def test_a_baseline_that_is_off_loses_false_alerts_and_true_ones(past: str) -> None:
    found = what_if(past, baseline={"on": False})
    scores = {one.was.device: one.score for one in found.alert_differences if one.was}
    assert set(scores) == set(SPIKES)
    assert (scores[DEVICES[0]], scores[DEVICES[1]], scores[DEVICES[3]]) == ("better", "worse", "unknown")
    assert found.device_differences == []


def test_a_lower_threshold_raises_earlier(past: str) -> None:
    found = what_if(past, baseline={"spike_reports": 2})
    changed = [one for one in found.alert_differences if one.change == "changed"]
    assert {one.was.device for one in changed if one.was} == set(SPIKES)
    assert all(
        one.was and one.would_be and one.would_be.raised == moment(SPIKES[one.was.device] + 1)
        for one in changed
    )
    assert found.notes == []


def test_another_policy_changes_only_what_happens_to_credentials(past: str) -> None:
    kinds = {
        "rule.credential_cloned": "hold",
        "rule.account_takeover": "none",
        "baseline.tx_kbps": "restrict",
    }
    found = what_if(past, response={"actions": kinds})
    assert found.alert_differences == []
    would_be = {
        one.device: (one.would_be.action if one.would_be else None) for one in found.device_differences
    }
    assert would_be == {CLONED: "hold", TAKEN: None, **dict.fromkeys(SPIKES, "restrict")}


def test_a_limit_leaves_the_rest_to_people(past: str) -> None:
    kinds = {"baseline.tx_kbps": "hold"}
    found = what_if(past, response={"actions": kinds, "max_decisions": 1})
    states = [one.would_be.state for one in found.device_differences if one.would_be]
    assert set(states) == {"decided", "proposed"}


def test_other_tenants_stay_out_of_it(past: str) -> None:
    found = what_if(past, tenants=["somebody"], baseline={"on": False})
    assert (found.alerts.was, found.alerts.would_be, found.check.facts) == (0, 0, 0)


class TestCommands:
    """What a person types."""

    def ran(self, past: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "VEDETTE_KAFKA_BOOTSTRAP": past, "VEDETTE_HOME": str(home)}
        return subprocess.run(
            [sys.executable, "-m", "streams.what_if", *arguments],
            cwd=ROOT,
            check=False,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def test_run_then_show_and_list(self, past: str, tmp_path: Path) -> None:
        asked = tmp_path / "variant.yaml"
        asked.write_text("name: no rule\nrules:\n  account_takeover: {on: false}\n")
        ended = self.ran(past, tmp_path, "run", str(asked), "--set", "baseline.spike_reports=2")
        assert ended.returncode == 0, ended.stderr
        lines = ended.stdout.splitlines()
        assert "1 of 11 alerts would not have been raised" in lines[0]
        assert len(lines) < 30
        shown = json.loads(self.ran(past, tmp_path, "show", "--json").stdout)
        assert shown["progress"]["status"] == "done"
        assert shown["progress"]["events"] > shown["result"]["events"]
        assert shown["result"]["check"]["equal"] == shown["result"]["check"]["facts"]
        assert "no rule" in self.ran(past, tmp_path, "list").stdout
