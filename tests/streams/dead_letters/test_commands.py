"""The commands as a person types them, on a real log with a real ingest behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message
from typer.testing import CliRunner, Result

from infra import kafka
from schemas import telemetry
from schemas.dead_letter_action import TOPIC, DeadLetterDropped
from schemas.errors import Fatal
from schemas.event import Envelope, rfc3339
from schemas.registry import decode
from streams.archive.buffer import Record as Archived
from streams.archive.event_rows import event_row
from streams.dead_letters.__main__ import app
from streams.dead_letters.letter import Selection
from streams.dead_letters.queue import find
from streams.dead_letters.settler import Reinjection, Settler
from streams.log import topics
from streams.log.reader import records
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from tests.streams.dead_letters.sample import dead, sealed_dead
from tests.streams.ingest.conftest import ingest
from tests.streams.sealing.memory import KeysInMemory
from tests.streams.worker import wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A log of our own: what is put back must not come in the way of other tests of ingest."""
    with kafka.broker(tmp_path_factory.mktemp("letters")) as bootstrap:
        topics.ensure(bootstrap)
        yield bootstrap


@pytest.fixture
def bootstrap(log: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", log)
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))
    return log


def run(*arguments: str, wanted: int = 0) -> Result:
    """One command that must end with this exit code."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == wanted, result.output
    return result


def asked(*arguments: str, wanted: int = 0) -> Any:
    """What a command says as JSON."""
    return json.loads(run(*arguments, "--json", wanted=wanted).stdout)


def actions(bootstrap: str, letter: str) -> list[tuple[Message, Envelope]]:
    """Every committed action on a letter."""
    read = ((record, decode(record.headers(), record.value())) for record in records(bootstrap, TOPIC))
    return [pair for pair in read if pair[1].subject == letter]


def bury(bootstrap: str, *letters: Any) -> None:
    """Put letters on the log."""
    writer = LogWriter(bootstrap, "ingest")
    for letter in letters:
        writer.bury(letter)
    writer.flush()


def test_a_letter_is_looked_at_repaired_put_back_and_taken(bootstrap: str, tmp_path: Path) -> None:
    writer = LogWriter(bootstrap, "probe")
    report = {"tenant": "repair", "device": "cam-1", "time": "soon", "metrics": {"a": 1}}
    writer.append_raw("telemetry.raw", json.dumps(report).encode())
    writer.flush()
    with ingest(tmp_path, "kafka", VEDETTE_KAFKA_BOOTSTRAP=bootstrap):

        def ours(*arguments: str) -> list[Any]:
            listed = asked("list", "--code", "bad_time", "--state", "any", *arguments)["letters"]
            return [one for one in listed if "repair" in run("show", one["id"]).stdout]

        wait_for(lambda: bool(ours()), "the letter")
        (letter,) = ours()
        told = run("show", letter["id"][:16]).stdout
        assert "time: not an RFC 3339 time" in told
        assert '"device": "cam-1"' in told
        # Nothing happens without --apply; put back as it was, it is refused again; repaired, it is taken.
        assert "would be put back" in run("reinject", letter["id"]).stdout
        assert actions(bootstrap, letter["id"]) == []
        run("reinject", letter["id"], "--apply")
        wait_for(lambda: len(ours()) == 2, "the second letter")
        second = next(one for one in ours() if one["id"] != letter["id"])
        assert f"refused again, as {second['id']}" in run("show", letter["id"]).stdout
        now = rfc3339(datetime.now(UTC))
        done = asked("reinject", second["id"], "--set", f"time={now}", "--actor", "ann", "--apply")
        assert done["letters"][0]["record"].startswith("telemetry.raw/")

        def taken() -> list[Any]:
            rows = [
                row
                for m in records(bootstrap, "telemetry")
                for row in telemetry.decode(m.value()).to_pylist()
            ]
            return [row for row in rows if row["tenant"] == "repair"]

        wait_for(lambda: bool(taken()), "the telemetry")
        assert [(row["device"], row["metric.a"]) for row in taken()] == [("cam-1", 1.0)]
    ((message, envelope),) = actions(bootstrap, second["id"])
    assert (envelope.data.actor, envelope.data.changed) == ("ann", ("time",))  # type: ignore[attr-defined]
    assert envelope.cause == second["record"]
    value, headers = message.value(), tuple(message.headers())
    archived = Archived(TOPIC, 0, message.offset(), headers, value, datetime.now(UTC))
    row = event_row(archived, datetime.now(UTC))
    assert (row["topic"], row["subject"]) == (TOPIC, second["id"])
    # Done once is done: doing it again changes nothing and says so.
    again = run("reinject", second["id"], "--apply", wanted=1).stdout
    assert "no open letter has this id" in again
    assert len(actions(bootstrap, second["id"])) == 1


def test_a_selection_stops_at_the_first_that_can_not_go_back(bootstrap: str) -> None:
    letters = [
        dead({"n": 1}, number=1, code="stops"),
        dead(b"{broken", number=2, code="stops"),
        dead({"n": 3}, number=3, code="stops"),
    ]
    bury(bootstrap, *letters, letters[0])
    stop = asked("reinject", "--code", "stops", "--set", "id=x", "--apply", wanted=1)
    assert ([one["id"] for one in stop["letters"]], stop["stopped"]) == ([letters[0].id], True)
    assert stop["refused"][0]["code"] == "bad_json"
    rest = run("reinject", "--code", "stops", "--set", "id=x", "--keep-going", "--apply", wanted=1).stdout
    assert f"{letters[2].id} put back as telemetry.raw/" in rest
    assert f"{letters[1].id} cannot be put back: message: is not JSON" in rest
    assert [one["id"] for one in asked("list", "--code", "stops")["letters"]] == [letters[1].id]
    assert "1 would be dropped; --apply does it" in run("drop", "--code", "stops").stdout
    run("drop", "--code", "stops", "--comment", "noise", "--apply")
    assert asked("list", "--code", "stops")["matching"] == 0
    states = {
        one["id"]: one["state"] for one in asked("list", "--code", "stops", "--state", "any")["letters"]
    }
    assert [states[letter.id] for letter in letters] == ["reinjected", "dropped", "reinjected"]
    assert "(noise)" in run("show", letters[1].id).stdout


def test_whole_bytes_go_in_and_out(bootstrap: str, tmp_path: Path) -> None:
    letter = dead(b"\xff\x00raw", number=1, code="whole")
    bury(bootstrap, letter)
    assert run("show", letter.id, "--bytes").stdout_bytes == letter.raw
    (tmp_path / "repaired").write_bytes(b"\xfefixed")
    done = asked("reinject", letter.id, "--with", str(tmp_path / "repaired"), "--apply")
    place = done["letters"][0]["record"]
    put_back = {
        f"{m.topic()}/{m.partition()}/{m.offset()}": m.value() for m in records(bootstrap, "telemetry.raw")
    }
    assert put_back[place] == b"\xfefixed"


def test_letters_of_an_erased_sender_say_so_and_can_only_be_dropped(bootstrap: str, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    sealer = Sealer(keys)
    letters = [
        sealed_dead(
            sealer, b'{"account":"ann.canary"}', number=number, code="gone", tenant="t", device=device
        )
        for number, device in enumerate(("cam-1", "cam-2"))
    ]
    bury(bootstrap, *letters)
    assert "ann.canary" in run("show", letters[0].id).stdout
    assert all(one["readable"] for one in asked("list", "--code", "gone")["letters"])
    keys.destroy("t", "cam-1", "r1", lambda: datetime.now(UTC))
    told = run("show", letters[0].id).stdout
    assert "[erased]" in told
    assert "ann.canary" not in told
    assert "24 B" in told, "how much it was stays known"
    refused = run("reinject", "--code", "gone", "--keep-going", "--apply", wanted=1).stdout
    assert f"{letters[0].id} cannot be put back: message: its sender was erased" in refused
    assert f"{letters[1].id} put back as telemetry.raw/" in refused
    assert "1 dropped" in run("drop", letters[0].id, "--apply").stdout


def test_who_has_not_the_keys_is_told_that_they_are_elsewhere(bootstrap: str) -> None:
    letter = sealed_dead(Sealer(KeysInMemory()), b"{", code="elsewhere")
    bury(bootstrap, letter)
    assert "VEDETTE_KEYS_DIR" in run("show", letter.id).stdout
    assert "VEDETTE_KEYS_DIR" in run("reinject", letter.id, "--apply", wanted=1).stdout


def test_of_two_operators_at_once_only_one_settles(bootstrap: str) -> None:
    letter = dead({"n": "two"}, number=1, code="two")
    bury(bootstrap, letter)
    first, second = (Settler(bootstrap, name, "", lambda: datetime.now(UTC)) for name in ("ann", "bob"))
    (one,) = find(bootstrap, Selection(codes=frozenset({"two"})), 9, Unsealer(KeysInMemory())).letters
    with pytest.raises(Fatal, match="another process settles dead letters"):
        first.reinject([Reinjection(one, b"{}")])
    second.drop([one])
    # Committed, but Kafka shows it a moment later.
    wait_for(lambda: bool(actions(bootstrap, letter.id)), "the action")
    ((_, envelope),) = actions(bootstrap, letter.id)
    assert envelope.data == DeadLetterDropped(letter=letter.id, actor="bob")


def test_what_is_asked_wrongly_says_what_would_be_right(bootstrap: str, tmp_path: Path) -> None:
    bury(bootstrap, dead(b"{a", number=1, code="wrong"), dead(b"{b", number=2, code="wrong"))
    for arguments, wanted, said in (
        (("reinject",), 2, "--all"),
        (("drop", "--apply"), 2, "--all"),
        (("list", "--state", "shut"), 2, "refused-again"),
        (("list", "--since", "yesterday"), 2, "--since: not an RFC 3339 time"),
        (("reinject", "--code", "wrong", "--set", "time"), 2, "path=value"),
        (("reinject", "--code", "wrong", "--with", str(tmp_path / "none")), 2, "cannot be read"),
        (("reinject", "--code", "wrong", "--with", __file__), 2, "2 match"),
        (("show", "dead-"), 2, "more of its id"),
        (("show", "nothing\x1b"), 1, "there is no dead letter nothing\\x1b"),
        (("drop", "nothing"), 1, "no open letter has this id"),
    ):
        assert said in run(*arguments, wanted=wanted).output


def test_without_kafka_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.command.KAFKA_S", 0.0)
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    assert "VEDETTE_KAFKA_BOOTSTRAP" in run("list", wanted=3).output
