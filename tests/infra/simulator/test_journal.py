"""The journal: nothing noted twice or forgotten, the same after it was saved."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from infra.simulator.journal import Journal, Sent, load

ROWS = st.builds(
    Sent,
    channel=st.sampled_from(["mqtt", "http", "kafka"]),
    becomes=st.sampled_from(["telemetry", "event", "dead_letter", "nothing"]),
    tenant=st.text(max_size=5),
    device=st.text(max_size=5),
    event=st.text(max_size=5),
    repeat=st.booleans(),
)


@given(st.lists(st.tuples(st.lists(ROWS, max_size=4), st.booleans()), max_size=10))
def test_every_row_keeps_its_own_acknowledgement(batches: list[tuple[list[Sent], bool]]) -> None:
    journal = Journal()
    for rows, acknowledged in batches:
        places = journal.add(rows)
        if acknowledged:
            journal.acknowledge(places)
            journal.acknowledge(places)
    told = [
        (Sent(**{k: v for k, v in row.items() if k != "acknowledged"}), row["acknowledged"])
        for row in journal.table().to_pylist()
    ]
    assert told == [(row, acknowledged) for rows, acknowledged in batches for row in rows]
    assert journal.unacknowledged == sum(len(rows) for rows, acknowledged in batches if not acknowledged)


def test_a_closed_journal_notes_nothing_and_survives_saving(tmp_path: Path) -> None:
    journal = Journal()
    sent = Sent("mqtt", "event", "acme", "pump-0001", "e-1", label="late")
    journal.acknowledge(journal.add([sent]))
    journal.close()
    assert list(journal.add([sent])) == []
    journal.acknowledge(range(0))
    journal.save(tmp_path / "sent.arrow")
    assert load(tmp_path / "sent.arrow").equals(journal.table())
    assert len(journal) == 1
