"""What is asked for on the command line: a file, then single settings over it, then flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.variant.parsing import parse
from schemas.errors import Rejected
from streams.what_if.asked import asked


def test_a_file_settings_and_flags_together(tmp_path: Path) -> None:
    file = tmp_path / "variant.yaml"
    file.write_text(
        "since: 2026-05-01T12:00:00Z\nrules:\n  account_takeover: {on: false}\nbaseline: {spike_z: 9}\n"
    )
    settings = [
        "baseline.spike_z=5",
        "rules.attestation_failed.on=false",
        "response.actions.rule.credential_cloned=hold",
    ]
    assert asked(file, settings, {"tenants": ["acme"], "until": ""}) == parse(
        {
            "since": "2026-05-01T12:00:00Z",
            "tenants": ["acme"],
            "rules": {"account_takeover": {"on": False}, "attestation_failed": {"on": False}},
            "baseline": {"spike_z": 5},
            "response": {"actions": {"rule.credential_cloned": "hold"}},
        }
    )


@pytest.mark.parametrize("setting", ["baseline", "=5", "baseline.spike_z=five", "baseline.on.z=1"])
def test_a_bad_setting_is_refused(setting: str) -> None:
    with pytest.raises(Rejected):
        asked(None, [setting], {})


@pytest.mark.parametrize("text", ["- 1", "{", "a: b: c"])
def test_a_bad_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "variant.yaml"
    file.write_text(text)
    with pytest.raises(Rejected):
        asked(file, [], {})
    with pytest.raises(Rejected):
        asked(tmp_path / "missing.yaml", [], {})
