"""Hostile input through a running ingest, over Kafka, HTTPS and MQTT: it stays up, and every unit is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.unit import split
from tests.contract.corpus.account import account, account_of_sender, units_of
from tests.contract.corpus.hostile import HEADER_BYTES, Hostile, hostile
from tests.contract.corpus.live import Ingest, await_ledger, device, live_ingest, publish, send_raw
from tests.contract.test_hostile import origin

pytestmark = [pytest.mark.kafka, pytest.mark.mqtt]
CONNECTIONS = 8


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    with live_ingest(tmp_path_factory.mktemp("hostile")) as started:
        yield started


@pytest.fixture(scope="module")
def inputs(request: pytest.FixtureRequest) -> list[Hostile]:
    """All of it where the recorded suites are there, else what we made up."""
    try:
        shared: Path | None = request.getfixturevalue("shared_data")
    except pytest.skip.Exception:
        shared = None
    return hostile(datetime.now(UTC), shared)


def posted(running: Ingest, requests: list[tuple[str, bytes]]) -> list[tuple[bytes, int, dict[str, Any]]]:
    """Body, status and answer of each request, one after the other on one connection."""
    with device(running, "hostile:cam-1") as post:
        return [(body, *post(path, body)) for path, body in requests]


def test_over_kafka_every_unit_is_stored_or_dead_lettered(running: Ingest, inputs: list[Hostile]) -> None:
    start = running.ends()
    send_raw(running, inputs)
    named = [(one.name, origin(place), one.raw) for place, one in enumerate(inputs)]
    counted = await_ledger(running, "kafka", len(list(units_of(named))))
    made = account(named, running.written(start))
    assert made.unaccounted == []
    assert counted == (made.units, made.stored, made.dead_lettered)


def test_over_https_every_request_is_answered_and_its_units_are_on_the_log(
    running: Ingest, inputs: list[Hostile]
) -> None:
    start, answers, sent = running.ends(), Counter[str](), Counter[bytes]()
    bodies = [one.raw for one in inputs if " as " not in one.name]
    requests = [(path, body) for path in ("/v1/telemetry", "/v1/events") for body in bodies]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [requests[share::CONNECTIONS] for share in range(CONNECTIONS)]
        for body, status, said in chain.from_iterable(pool.map(lambda share: posted(running, share), shares)):
            assert status in (200, 400, 413)
            units = said["accepted"] + said["dead_lettered"]
            assert units or body.split() in ([b"[]"], [b"[", b"]"]), body[:80]
            answers.update(accepted=said["accepted"], dead_lettered=said["dead_lettered"])
            sent[body] += 1
    written = running.written(start)
    assert answers["accepted"] == sum(b.num_rows for b in written.batches) + len(written.events)
    assert answers["dead_lettered"] == len(written.letters)
    assert all(letter.code and letter.reason and letter.device == "cam-1" for letter in written.letters)
    whole = Counter(letter.raw for letter in written.letters)
    assert sum((whole & sent).values()) > len(bodies)


def test_headers_of_64_kib_over_https_are_answered_and_kept_or_refused(running: Ingest) -> None:
    start = running.ends()
    binary = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "authentication.failed.v1"}
    with device(running, "hostile:cam-2") as post:
        for name in ("ce-id", "ce-source", "ce-type", "ce-time", "ce-x", "ce-specversion"):
            status, said = post("/v1/events", b"{}", {**binary, name: "h" * HEADER_BYTES})
            assert (status, said.get("dead_lettered")) == (400, 1), name
        assert post("/v1/telemetry", b"{}", {"x-other": "h" * HEADER_BYTES})[0] == 400
    assert len(running.written(start).letters) == 7


def test_over_mqtt_every_unit_is_stored_or_dead_lettered(running: Ingest, inputs: list[Hostile]) -> None:
    start = running.ends()
    bodies = [one.raw for one in inputs if " as " not in one.name and len(one.raw) <= MAX_EVENT_BYTES]
    messages = [(kind, raw) for kind in ("telemetry", "events") for raw in bodies]
    publish(running, "hostile:cam-1", messages)
    sent = [unit for _, raw in messages for unit in split(raw)]
    counted = await_ledger(running, "mqtt", len(sent))
    made = account_of_sender(sent, running.written(start), "hostile", "cam-1")
    assert made.unaccounted == []
    assert counted == (made.units, made.stored, made.dead_lettered)
    assert min(made.stored, made.dead_lettered) > 20
