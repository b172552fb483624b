from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from schemas import telemetry
from streams.rollout.campaign import microseconds
from streams.rollout.reports import reports
from tests.streams.rollout.campaign_log import Report, batch

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def opened(rows: list[Report], received: datetime | None = None) -> set[tuple[str, str, int | None, int]]:
    _, value = telemetry.encode(batch("acme", rows, received))
    return set(reports(value))


def test_one_row_a_device_and_boot_count_with_the_newest_time() -> None:
    rows: list[Report] = [("a", at(2), 3.0), ("a", at(1), 3.0), ("a", at(5), 4.0), ("b", at(3), 1.0)]
    assert opened(rows) == {
        ("acme", "a", 3, microseconds(at(2))),
        ("acme", "a", 4, microseconds(at(5))),
        ("acme", "b", 1, microseconds(at(3))),
    }


def test_a_clock_in_the_future_is_cut_to_when_the_edge_received_it() -> None:
    assert opened([("a", at(3600), 1.0)], received=at(7)) == {("acme", "a", 1, microseconds(at(7)))}


def test_a_boot_count_that_is_none_is_no_boot_count_but_a_sign_of_life() -> None:
    odd = [None, float("nan"), float("inf"), -1.0, 1e300]
    rows: list[Report] = [("a", at(i), boots) for i, boots in enumerate(odd)]
    assert opened(rows) == {("acme", "a", None, microseconds(at(4)))}


def test_telemetry_without_boot_counts_is_a_sign_of_life() -> None:
    sent = batch("acme", [("a", at(1), 1.0)])
    _, value = telemetry.encode(sent.select([n for n in sent.schema.names if not n.endswith("boot_count")]))
    assert list(reports(value)) == [("acme", "a", None, microseconds(at(1)))]


def test_an_empty_batch_and_what_is_no_batch_give_no_rows() -> None:
    _, empty = telemetry.encode(pa.RecordBatch.from_pylist([], schema=telemetry.schema_for([])))
    assert [list(reports(value)) for value in (empty, b"", None, b"not arrow", empty[:40])] == [[]] * 5
