"""The privacy page: what was asked to be erased, how far it is, what is kept how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import clickhouse_connect
import pytest

from schemas.event import Envelope, Event, encode
from schemas.privacy import (
    RetainedClass,
    RetentionApplied,
    SubjectErase,
    SubjectErased,
    SubjectKeyDestroyed,
)
from tests.dashboards.conftest import Open, database

pytestmark = pytest.mark.clickhouse
NOW = datetime.now(UTC)


def envelope(id_: str, subject: str, data: Event, tenant: str = "acme", after_s: float = 0) -> Envelope:
    time = NOW + timedelta(seconds=after_s)
    return Envelope(
        id=id_, type=data.TYPE, source="test", subject=subject, tenant=tenant, time=time, data=data
    )


def erased(request: str, device: str) -> list[Envelope]:
    """One erasure from the request to its end, four seconds later."""
    done = SubjectErased(
        request=request,
        keys=("k",),
        rows={"events": 41, "dead_letters": 1},
        raw_records=0,
        requested_time=NOW,
        actor="dpo",
    )
    return [
        envelope(request, device, SubjectErase(actor="dpo", reason="<b>art. 17</b>")),
        envelope(
            f"{request}-k", device, SubjectKeyDestroyed(request=request, keys=("k",), destroyed_time=NOW)
        ),
        envelope(f"{request}-e", device, done, after_s=4),
    ]


def fill(url: str, events: list[Envelope]) -> None:
    columns = ("tenant", "topic", "subject", "id", "type", "source", "time", "cause", "data", "kafka_offset")
    rows = [
        [e.tenant, "privacy", e.subject, e.id, e.type, e.source, e.time, "", encode(e).decode(), place]
        for place, e in enumerate(events)
    ]
    with clickhouse_connect.get_client(dsn=url) as client:
        client.insert("events", rows, column_names=columns)


def test_it_says_what_would_make_it_say_something(page: Open, empty_url: str) -> None:
    text = " ".join(one.value for one in page(empty_url, "privacy").markdown)
    assert "Nobody asked to erase a device." in text
    assert "python -m streams.privacy erase TENANT DEVICE" in text
    assert "Retention has not run yet" in text
    assert "refused input" in text
    assert "30 days" in text


def test_erasures_and_the_last_run_are_shown(page: Open, clickhouse_url: str) -> None:
    url = database(clickhouse_url)
    run = RetentionApplied(classes=(RetainedClass(name="measurements", cutoff=NOW, rows=7),))
    begun = envelope("r2", "cam-2", SubjectErase(actor="dpo", reason="gone"))
    nobody = SubjectErased(
        request="r3", keys=(), rows={}, raw_records=0, requested_time=NOW, actor="dpo", known=False
    )
    missed = [
        envelope("r3", "cma-3", SubjectErase(actor="dpo", reason="art. 17")),
        envelope("r3-e", "cma-3", nobody, after_s=1),
    ]
    fill(url, [*erased("r1", "cam-1"), begun, *missed, envelope("x", "retention", run, "system")])
    text = " ".join(one.value for one in page(url, "privacy", ("acme",)).markdown)
    assert (
        "1 of 3 erasures not complete yet; they go on by themselves. Nothing is known of acme/cma-3: is the name right?"
        in text
    )
    assert "nothing is known of it" in text
    assert "removed 7 rows" in text
    for part in ("cam-1", "cam-2", "asked for", "&lt;b&gt;art. 17&lt;/b&gt;", "42"):
        assert part in text, part
    assert "<b>art" not in text
