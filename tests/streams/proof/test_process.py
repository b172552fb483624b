"""The process on a real broker: killed and pushed aside, every record is one leaf, and everything it signed can be proven."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from detectors.proof import document
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.note import PublicKey
from schemas.credential import CredentialDecided, EnforcementRecorded
from schemas.event import Envelope
from schemas.proof import PROVEN, CheckpointSigned, LeafAppended
from schemas.settings import Settings
from streams.log.reader import records
from streams.log.writer import LogWriter
from streams.proof.__main__ import app
from streams.proof.erasure import erase_salts
from streams.proof_log.leaves import read_checkpoints, read_leaves
from tests.streams.control.memory import Caller, proving
from tests.streams.worker import wait_for, workers

TENANT = "proof-log"
TIME = datetime(2026, 3, 1, tzinfo=UTC)


def events(first: int, last: int) -> list[Envelope]:
    """Decisions and receipts on a few devices."""
    made = []
    for number in range(first, last):
        decided = CredentialDecided(action="hold", state="proposed", reason="test", policy="test")
        recorded = EnforcementRecorded(decision=f"d-{number}", action="hold", step="decided", at=TIME)
        data = recorded if number % 2 else decided
        made.append(
            Envelope(
                id=f"{TENANT}-{number}",
                type=data.TYPE,
                source="test",
                subject=f"device-{number % 7}",
                tenant=TENANT,
                time=TIME,
                data=data,
            )
        )
    return made


def hand_over(bootstrap: str, made: list[Envelope]) -> None:
    """Write them as the processes that may."""
    for process, kind in (("response", CredentialDecided), ("enforcement", EnforcementRecorded)):
        writer = LogWriter(bootstrap, process)
        for envelope in made:
            if isinstance(envelope.data, kind):
                writer.append(envelope)
        writer.flush()


def origins(bootstrap: str) -> list[str]:
    """Every record that must be a leaf."""
    return [
        f"{m.topic()}/{m.partition()}/{m.offset()}" for topic in PROVEN for m in records(bootstrap, topic)
    ]


@pytest.mark.kafka
def test_killed_and_pushed_aside_every_record_is_one_leaf_and_proven(
    kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_signed() -> bool:
        signed = read_checkpoints(kafka_bootstrap)
        return bool(signed) and signed[-1].size == len(read_leaves(kafka_bootstrap)) == len(
            origins(kafka_bootstrap)
        )

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("proof", VEDETTE_CHECKPOINT_S="0.1").wait_ready()
        hand_over(kafka_bootstrap, events(0, 300))
        wait_for(lambda: len(read_checkpoints(kafka_bootstrap)) > 0, "the first checkpoint")
        first.kill()
        hand_over(kafka_bootstrap, events(300, 600))
        second = start("proof", VEDETTE_CHECKPOINT_S="0.1").wait_ready()
        third = start("proof", VEDETTE_CHECKPOINT_S="0.1").wait_ready()
        hand_over(kafka_bootstrap, events(600, 700))
        wait_for(is_signed, "all leaves to be signed")
        assert second.ended() == 1, second.log
        assert "another process writes the proof log" in second.log
        assert third.stop() == 0, third.log
    leaves = read_leaves(kafka_bootstrap)
    assert Counter(leaf.origin for leaf in leaves) == Counter(origins(kafka_bootstrap))
    _prove_over_http(kafka_bootstrap, tmp_path, leaves)
    _prove(kafka_bootstrap, tmp_path, leaves, monkeypatch)


def _prove(bootstrap: str, home: Path, leaves: list[LeafAppended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("VEDETTE_HOME", str(home))
    key, file = home / "proof.pub", home / "proof.json"
    assert (home / "proof.key").stat().st_mode & 0o777 == 0o600
    checkpoints: list[CheckpointSigned] = read_checkpoints(bootstrap)
    (home / "old").write_text(checkpoints[0].note)

    file.write_text(run("prove", f"{TENANT}-5", "--json").stdout)
    assert run("verify", str(file), "--key", str(key)).exit_code == 0
    file.write_text(run("prove", leaves[0].origin, "--json").stdout)
    assert run("verify", str(file), "--key", str(key)).exit_code == 0
    for old in (str(checkpoints[0].size), str(home / "old")):
        file.write_text(run("consistency", old, "latest", "--json").stdout)
        found = msgspec.json.decode(run("verify", str(file), "--key", str(key), "--json").stdout)
        assert found["old_size"] == checkpoints[0].size
    assert run("checkpoint").stdout == checkpoints[-1].note
    assert run("prove", "no-such-event").exit_code == 1

    audited = run("audit", "--against", str(home / "old"))
    assert audited.exit_code == 0, audited.output
    assert erase_salts(bootstrap, {leaves[0].origin}) == 1
    audited = run("audit", "--json")
    assert audited.exit_code == 0, audited.output
    assert msgspec.json.decode(audited.stdout)["erased"] == 1
    file.write_text(run("prove", leaves[0].origin, "--json").stdout)
    assert msgspec.json.decode(file.read_bytes())["record"] is None
    assert run("verify", str(file), "--key", str(key)).exit_code == 0


def _prove_over_http(bootstrap: str, home: Path, leaves: list[LeafAppended]) -> None:
    """Nothing but what the API says is given to the verifier."""
    api = proving(Settings(home=home, kafka_bootstrap=bootstrap))
    key = PublicKey.parse(api.get("/v1/proof/key").text)
    newest = api.get("/v1/proof/checkpoint")
    assert Checkpoint.verified(newest.text, key).size == len(leaves)
    for asked in (f"origin={leaves[3].origin}", f"id={TENANT}-5"):
        proven = document.parse(api.get(f"/v1/proof/inclusion?{asked}").content)
        assert isinstance(proven, document.InclusionDocument)
        assert document.verify_inclusion(proven, key).size == len(leaves)
    first = read_checkpoints(bootstrap)[0].size
    for asked in (f"from={first}", f"from={first}&to={len(leaves)}"):
        answer = api.get(f"/v1/proof/consistency?{asked}")
        continued = document.parse(answer.content)
        assert isinstance(continued, document.ConsistencyDocument)
        old, new = document.verify_consistency(continued, key)
        assert (old.size, new.size) == (first, len(leaves))
    assert "immutable" in answer.headers["cache-control"]
    same = api.get("/v1/proof/checkpoint", If_None_Match=newest.headers["etag"])
    assert same.status_code == 304
    _refuse_over_http(bootstrap, api, leaves)


def _refuse_over_http(bootstrap: str, api: Caller, leaves: list[LeafAppended]) -> None:
    nowhere = "credential-decisions/0/999999999"
    for path, status, code in (
        ("inclusion?id=no-such-event", 404, "not_found"),
        (f"inclusion?origin={nowhere}", 404, "not_found"),
        ("inclusion?origin=alerts/0/0", 404, "not_found"),
        ("checkpoint?size=999999999", 404, "no_checkpoint"),
        ("consistency?from=999999999", 404, "no_checkpoint"),
        (f"consistency?from={len(leaves)}&to={read_checkpoints(bootstrap)[0].size}", 400, "bad_value"),
    ):
        answer = api.get(f"/v1/proof/{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    # No proof process runs here any more: what is written now waits for it.
    hand_over(bootstrap, events(700, 701))
    waiting = set(origins(bootstrap)) - {leaf.origin for leaf in leaves}
    answer = api.get(f"/v1/proof/inclusion?origin={waiting.pop()}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_logged")
    assert "at most 5 s away" in answer.json()["detail"]


def run(*arguments: str) -> Result:
    """One command, as typed."""
    return CliRunner().invoke(app, list(arguments))
