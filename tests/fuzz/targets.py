"""One pure function for each decoder: bytes in, and nothing but Rejected (or Fatal, where corruption must stop the process) may come out.

A target also uses what was decoded, where a lenient decoder would let a later reader crash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from paho.mqtt.client import topic_matches_sub

from detectors import snapshot
from detectors.proof import document
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.note import PrivateKey, PublicKey
from schemas import event, registry, telemetry
from schemas.errors import Rejected
from schemas.event import parse_time, rfc3339
from schemas.pki import Folder
from streams.archive.buffer import Record as Archived
from streams.archive.telemetry_rows import rows_of
from streams.dead_letters import shown
from streams.dead_letters.letter import Letter, Selection, read
from streams.dead_letters.repair import Repair, repaired
from streams.ingest import cloud_event, https, session, strict_json, unit
from streams.ingest.batch import validate
from streams.ingest.edge import Edge
from streams.ingest.file.mapping import Mapping, number, resolve
from streams.ingest.file.timestamp import stamp_for
from streams.ingest.intake import Clock, Intake
from streams.ingest.mqtt import SUBSCRIPTIONS, MqttSource
from streams.ingest.tally import Tally
from streams.ingest.unit import Delivery, Unit
from streams.ingest.vocabulary import Vocabulary
from streams.log import provenance
from streams.log.record import Record, parse_origin
from streams.sealing.sealer import Sealer
from tests.contract.corpus.edge import Memory

NOW_US = 1_780_000_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLY_US = 60_000_000
KEY = PrivateKey("vedette.test/log", bytes(range(32)))
DELIVERY = Delivery("kafka", lambda _delivery: None)
NAUGHTY_HEADERS = re.compile(rb"([^:\n]*):([^\n]*)\n")
Target = Callable[[bytes], None]


def telemetry_json(data: bytes) -> None:
    """A payload of telemetry, however many units are in it, and again as many copies as are read in columns."""
    units = [_unit(raw) for raw in unit.split(data)]
    few = validate(units, Vocabulary(), EARLY_US)
    rows = sum(batch.rows.num_rows for batch in few[0])
    assert rows + len(few[1]) == len(units)
    many = validate(units * 20, Vocabulary(("a", "temperature_c")), EARLY_US)
    assert sum(batch.rows.num_rows for batch in many[0]) == 20 * rows


def cloud_event_structured(data: bytes) -> None:
    """One event in structured mode, from a device and from a gateway; what is taken comes back from the log as it was."""
    cloud_event.is_event(data)
    for tenant, device in (("", ""), ("acme", "cam-1")):
        try:
            envelope = cloud_event.parse_event(_unit(data, tenant, device), EARLY_US)
        except Rejected:
            continue
        assert registry.decode(event.to_headers(envelope), event.encode(envelope)) == envelope


def cloud_event_batch(data: bytes) -> None:
    """A JSON array of events: the elements together are the whole."""
    for raw in unit.elements(data):
        cloud_event_structured(raw)


def cloud_event_binary(data: bytes) -> None:
    """An event in binary mode over HTTP: headers, a blank line, the data."""
    head, _, body = data.partition(b"\n\n")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in NAUGHTY_HEADERS.findall(head + b"\n")
    ]
    cloud_event_structured(https.structured(headers, body))


def log_record(data: bytes) -> None:
    """A record of the log: headers `name:value`, a blank line, the value."""
    head, _, value = data.partition(b"\n\n")
    headers = [(name.decode("latin-1"), said) for name, said in NAUGHTY_HEADERS.findall(head + b"\n")]
    envelope = registry.decode(headers, value)
    again = registry.decode(event.to_headers(envelope), event.encode(envelope))
    assert again == envelope
    provenance.parse(envelope.decider)


def telemetry_batch(data: bytes) -> None:
    """An Arrow batch as the archive reads it."""
    telemetry.decode(data).validate(full=True)
    rows_of(Archived("telemetry", 0, 0, (), data, EPOCH)).to_pylist()


def dead_letter(data: bytes) -> None:
    """A dead letter of which nothing can be trusted, read, shown and repaired."""
    head, _, value = data.partition(b"\n\n")
    headers = tuple((name.decode("latin-1"), said) for name, said in NAUGHTY_HEADERS.findall(head + b"\n"))
    letter = read(Record("dead-letters", 0, 0, value, headers))
    one = Letter(letter, "dead-letters/0/0")
    json.dumps(shown.document(one, with_bytes=True))
    assert shown.details(one).replace("\n", "").isprintable()
    assert Selection(ids=(letter.id,), states=frozenset()).takes(one)
    repaired(letter, Repair(set=(("/a/~0b", 1), ("time", value.hex())), remove=("a",)))


def strict(data: bytes) -> None:
    """JSON: what is taken is exactly what the standard library reads."""
    value = strict_json.parse(data)
    if "e" not in (text := data.decode()).lower() and not re.search(r"\d{16}", text):
        assert value == json.loads(text)


def worker_snapshot(data: bytes) -> None:
    """The state of a detection worker."""
    snapshot.is_current(data)
    snapshot.encode(snapshot.decode(data))


def proof_document(data: bytes) -> None:
    """A proof from a stranger: read, then checked."""
    proof = document.parse(data)
    if isinstance(proof, document.InclusionDocument):
        document.verify_inclusion(proof, KEY.public)
    else:
        document.verify_consistency(proof, KEY.public)


def proof_note(data: bytes) -> None:
    """A signed checkpoint, and a key as text."""
    text = data.decode("utf-8", "replace")
    for reads in (
        lambda: PublicKey.parse(text),
        lambda: PrivateKey.parse(text),
        lambda: Checkpoint.verified(text, KEY.public),
    ):
        try:
            reads()
        except Rejected:
            continue


def mqtt_message(data: bytes) -> None:
    """A message as the MQTT broker passes it on: its topic on the first line, then the payload; nothing of it is lost."""
    name, _, payload = data.partition(b"\n")
    topic = name.decode("utf-8", "replace")
    if not any(topic_matches_sub(pattern, topic) for pattern, _ in SUBSCRIPTIONS):
        return
    finished: list[Delivery] = []
    log, intake = Memory(), Intake()
    source = MqttSource(
        "mqtt://127.0.0.1:1", Folder(Path("none")), intake, Clock(lambda: NOW_US), session.Sessions()
    )
    message = source.understand(topic, payload, finished.append)
    if message is None:
        return
    edge = Edge(
        log,
        intake,
        Tally("fuzz"),
        linger_s=0.0,
        early_s=60.0,
        clock=Clock(lambda: NOW_US),
        sealer=Sealer(log.keys),
    )
    intake.offer(message)
    while intake.unfinished:
        edge.step(0.0)
    (done,) = finished
    wrote = len(log.written.events) + len(log.written.letters) + sum(b.num_rows for b in log.written.batches)
    assert done.accepted + done.dead_lettered == wrote
    assert wrote == len(message.envelopes) + len(unit.split(payload)) * bool(message.parts)


def mqtt_line(data: bytes) -> None:
    """Lines of the MQTT broker's log, in which clients chose a part."""
    sessions, line_of = session.Sessions(), data.decode("utf-8", "replace").split("\n")
    for line in line_of:
        for envelope in sessions.read(line, NOW_US):
            assert registry.decode(event.to_headers(envelope), event.encode(envelope)) == envelope


def time_text(data: bytes) -> None:
    """A time, and it written again."""
    time = parse_time(data.decode("utf-8", "replace"))
    assert parse_time(rfc3339(time)) == time


def place(data: bytes) -> None:
    """A place in the log."""
    text = data.decode("utf-8", "replace")
    found = parse_origin(text)
    assert found is None or text.count("/") == 2


def recording(data: bytes) -> None:
    """The rows of a recording: which columns are what, and their values."""
    table = [line.split(",") for line in data.decode("utf-8", "replace").split("\n")]
    header, rows = table[0], [row for row in table[1:] if len(row) == len(table[0])]
    columns = resolve(Mapping(), header, rows)
    for row in rows:
        for column in columns.metrics.values():
            with suppress(ValueError):
                number(row[column])
    for first, second in pairwise(row[0] for row in rows):
        stamp_for([first, second])


def _unit(raw: bytes, tenant: str = "", device: str = "") -> Unit:
    return Unit(raw, "telemetry.raw/0/0", tenant, device, NOW_US, DELIVERY, 0)


TARGETS: dict[str, Target] = {
    function.__name__: function
    for function in (
        telemetry_json,
        cloud_event_structured,
        cloud_event_batch,
        cloud_event_binary,
        log_record,
        telemetry_batch,
        dead_letter,
        strict,
        worker_snapshot,
        proof_document,
        proof_note,
        mqtt_message,
        mqtt_line,
        time_text,
        place,
        recording,
    )
}
