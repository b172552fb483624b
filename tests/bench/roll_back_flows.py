"""What a roll-back of network flows costs: the part of `python -m tests.bench.roll_back` that is about security events.

A tenant's healthy fleet fills one partition of a real broker; what one device did in a tenth of the time is unlearned. `equal` says whether
the worker's flows are to the byte what the log derived again in this process gives.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from detectors.snapshot import flows_hash
from schemas.event import Envelope
from schemas.roll_back import FlowsRolledBack
from schemas.security import SECURITY_EVENTS
from schemas.topics import PARTITIONS
from streams.log import snapshots
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.roll_backs import answers, ask, roll_back
from streams.log.stretch import reading
from streams.log.writer import LogWriter
from streams.replay.detection_state import derived
from tests.detectors.flows.recordings import DEVICES, events_of, healthy
from tests.detectors.flows.test_detector import START
from tests.streams.worker import wait_for, workers

TENANT, DEVICE = "flows", "cam-3"
PARTITION = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)
A_DAY = 1440
LONGEST_S = 900.0


def measured(bootstrap: str, home: Path, flows: int) -> dict[str, object]:
    """The figures of one log of so many flows of `recordings.DEVICES` devices, one a minute and device."""
    events = list(events_of(healthy(7, flows / A_DAY, A_DAY), START, TENANT))
    write(bootstrap, events)
    tenth = len(events) // 10
    since, until = (events[place * tenth].time for place in (5, 6))
    asked = roll_back("flows", TENANT, DEVICE, since, until, "bench", "poisoned")
    with workers(bootstrap, home) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="1").wait_ready(LONGEST_S)
        wait_for(lambda: caught_up(bootstrap), "all to be judged", LONGEST_S)
        begin = end_offsets(bootstrap, FlowsRolledBack.TOPIC)
        process = psutil.Process(worker._process.pid)
        spent = sum(process.cpu_times()[:2])
        ask(bootstrap, asked)
        wait_for(lambda: caught_up(bootstrap), "them to be learned again", LONGEST_S)
        cpu_s = sum(process.cpu_times()[:2]) - spent
        assert worker.stop() == 0, worker.log
    (told,) = (one for one in answers(bootstrap, asked.id, begin) if isinstance(one, FlowsRolledBack))
    again = derived(reading(bootstrap), PARTITION, {SECURITY_EVENTS: told.events_offset + 1})
    return {
        "devices": DEVICES,
        "pause_s": told.took_s,
        "cpu_s": round(cpu_s, 2),
        "flows": told.flows,
        "unlearned": told.unlearned,
        "us_a_flow": round(cpu_s / told.flows * 1e6, 1),
        "equal": told.models_after == flows_hash(again.state.flows),
        "changed": told.models_before != told.models_after,
    }


def write(bootstrap: str, events: list[Envelope]) -> None:
    """Put them into one partition, whatever the device."""
    writer = LogWriter(bootstrap, "ingest")
    for one in events:
        writer.append_to(PARTITION, one)
    writer.flush(120)


def caught_up(bootstrap: str) -> bool:
    """Whether the partition's newest snapshot reflects all security events there are."""
    found = snapshots.newest(bootstrap, PARTITION)
    end = end_offsets(bootstrap, SECURITY_EVENTS)[PARTITION]
    return found is not None and found.offsets.get(SECURITY_EVENTS) == end
