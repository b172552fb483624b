"""The commands against a real broker: what they write, say and exit with, for the inventory and its export as OCSF."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from streams.inventory.__main__ import app as inventory
from streams.log.reader import records
from streams.log.record import Record
from streams.ocsf.__main__ import app as ocsf
from tests.streams.inventory.sample import component, openvex, osv, sbom, statement, written

pytestmark = pytest.mark.kafka


class Commands:
    """Runs `python -m streams.<process>`'s application for a tenant of its own."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.tenant = f"inventory-{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self._environment = {"VEDETTE_KAFKA_BOOTSTRAP": bootstrap, "VEDETTE_HOME": str(folder)}

    def run(self, app: Typer, *arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, [*arguments, "--tenant", self.tenant], env=self._environment)
        assert done.exit_code == code, done.output
        return done

    def take(self, kind: str, content: Any, *arguments: str) -> dict[str, Any]:
        path = written(self.folder, content, f"{uuid.uuid4().hex}.json")
        found: dict[str, Any] = json.loads(self.run(inventory, kind, str(path), "--json", *arguments).stdout)
        return found


@pytest.fixture
def commands(kafka_bootstrap: str, tmp_path: Path) -> Commands:
    return Commands(kafka_bootstrap, tmp_path)


def test_from_an_sbom_a_vulnerability_and_a_vex_document_to_a_finding_and_its_export(
    commands: Commands, kafka_bootstrap: str
) -> None:
    content = sbom(component(0), component(1))
    assert commands.take("sbom", content)["components"] == 2
    assert commands.take("sbom", content)["written"] == 0  # it is in force already
    (found,) = commands.take("osv", osv())["findings"]
    assert (found["vulnerability"], found["status"]) == ("PYSEC-1", "unassessed")
    assert "in the affected range" in found["reason"]
    told = commands.run(inventory, "list", "--fail-on", "high", code=1).stdout
    assert "camera 4.2.0: PYSEC-1 alias CVE-2026-1 (critical 9.8) in lib0 1.2.3, not assessed." in told
    (found,) = commands.take("vex", openvex(statement()))["findings"]
    assert (found["status"], found["justification"]) == (
        "not_affected",
        "vulnerable_code_not_in_execute_path",
    )
    assert "not affected (vulnerable code" in commands.run(inventory, "list", "--fail-on", "low").stdout
    (cleared,) = commands.take("sbom", sbom(component(1)))["findings"]
    assert cleared["type"] == "vulnerability.cleared.v1"
    _check_log(kafka_bootstrap, commands.tenant)
    _check_export(commands)


def _check_log(bootstrap: str, tenant: str) -> None:
    envelopes = [Record.of_confluent(message).envelope() for message in records(bootstrap, "inventory")]
    own = [envelope for envelope in envelopes if envelope.tenant == tenant]
    assert [envelope.type.partition(".v1")[0] for envelope in own] == [
        "firmware.components_listed",
        "vulnerability.published",
        "vulnerability.found",
        "vulnerability.assessed",
        "vulnerability.found",
        "firmware.components_listed",
        "vulnerability.cleared",
    ]
    assert all(envelope.cause.startswith("inventory/0/") for envelope in own if "ound" in envelope.type)


def _check_export(commands: Commands) -> None:
    out = commands.folder / "ocsf.ndjson"
    summary = commands.run(ocsf, "export", "--topic", "inventory", "--out", str(out), "--json").stdout
    assert json.loads(summary)["classes"] == {
        "Vulnerability Finding": 4,
        "Software Inventory Info": 2,
        "OSINT Inventory Info": 1,
    }
    events = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {event["metadata"]["tenant_uid"] for event in events} == {commands.tenant}
    piped = commands.run(ocsf, "export", "--topic", "inventory", "--until", "2026-06-01T00:00:00Z")
    (line,) = piped.stdout.splitlines()  # only the VEX statement is as old as that
    assert json.loads(line)["metadata"]["event_code"] == "vulnerability.assessed.v1"
    assert "1 events exported" in piped.stderr


def test_a_bad_file_writes_nothing_and_names_the_field(commands: Commands) -> None:
    good = written(commands.folder, sbom(component(0)), "good.json")
    bad = written(commands.folder, sbom(component(0), {"type": "library"}), "bad.json")
    said = commands.run(inventory, "sbom", str(good), str(bad), code=2).stderr
    assert said == f"{bad}: components[1].name: is missing\n"
    assert json.loads(commands.run(inventory, "match", "--json").stdout)["firmware"] == 0


def test_wrong_use_is_said_before_anything_is_asked(commands: Commands) -> None:
    good = str(written(commands.folder, sbom(component(0))))
    assert "one file" in commands.run(inventory, "sbom", good, good, "--firmware", "1", code=2).stderr
    assert "--model" in commands.run(inventory, "vex", good, "--firmware", "1", code=2).stderr
    assert "--topic" in commands.run(ocsf, "export", "--topic", "nothing", code=2).stderr
    assert "--since" in commands.run(ocsf, "export", "--since", "yesterday", code=2).stderr
    commands.tenant = "not a tenant"
    assert "--tenant" in commands.run(inventory, "match", code=2).stderr
