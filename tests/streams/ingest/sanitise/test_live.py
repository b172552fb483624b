"""Canaries through a running ingest, over Kafka and HTTPS: every byte of every topic it writes, its answers and its output is searched."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import dead_letter
from schemas.event import rfc3339
from schemas.topics import TOPICS
from streams.dead_letters.letter import read
from streams.log.reader import records
from streams.log.record import Record
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer
from tests.contract.corpus.hostile import Hostile, event, report
from tests.contract.corpus.live import Ingest, await_ledger, device, live_ingest, send_raw
from tests.streams.ingest.sanitise.canaries import TEXTS, leaks

pytestmark = pytest.mark.kafka
INPUT = "telemetry.raw"


def messages(now: datetime) -> list[bytes]:
    """Each canary in events that are accepted and refused, in telemetry and in noise."""
    made: list[bytes] = []
    for number, text in enumerate(TEXTS.values()):
        made += [
            json.dumps(one).encode()
            for one in (
                event(
                    now, id=f"a{number}", source=text[:200].replace("\n", " "), ext=text.replace("\n", " ")
                ),
                event(
                    now,
                    id=f"d{number}",
                    data={"account": "root", "address": "a", "method": "m", "reason": text},
                ),
                event(now, id=f"u{number}", data={"account": "root", "address": "a", text: "x"}),
                event(now, id=f"t{number}", type=text, time=rfc3339(now)),
                report(now, site=text[:120], id=f"r{number}"),
                report(now, colour=text),
            )
        ]
        made.append(text.replace("\n", " ").encode())
    return made


def seen(running: Ingest) -> list[str]:
    """The topics, except the one gateways write, with a record in which a canary can be seen."""
    found: list[str] = []
    unsealer = Unsealer(KeyFile(running.keys))
    for topic in TOPICS:
        for record in records(running.bootstrap, topic) if topic != INPUT else ():
            whole = b" ".join(name.encode() + (value or b"") for name, value in record.headers() or [])
            value = record.value() or b""
            if topic == dead_letter.TOPIC:
                # What nobody can read is no leak; what is in there must be none either.
                letter = unsealer.letter(read(Record.of_confluent(record)))
                assert not letter.sealed
                value = letter.raw
            if leaks(whole + value + (record.key() or b"")):
                found.append(topic)
    return found


def test_no_canary_reaches_a_topic_an_answer_or_the_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sent = messages(datetime.now(UTC))
    with live_ingest(tmp_path) as running:
        send_raw(running, [Hostile("canary", raw) for raw in sent])
        received, accepted, dead = await_ledger(running, "kafka", len(sent))
        with device(running, "hostile:cam-1") as post:
            answers = [post("/v1/events", raw)[1] for raw in sent[::5]]
        assert (received, accepted + dead) == (len(sent), len(sent))
        assert min(accepted, dead) > len(TEXTS)
        assert not leaks(json.dumps(answers))
        assert seen(running) == []
    said = capfd.readouterr()
    assert not leaks(said.out + said.err)
    assert not any(leaks(path.read_bytes()) for path in tmp_path.rglob("*.log") if "kafka" not in path.parts)
