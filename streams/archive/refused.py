"""The archive stops rather than draining a topic into the dead letters, as every worker does."""

from __future__ import annotations

from collections import Counter

from streams.archive.batch import Batch
from streams.log.limit import Limit


def check(limit: Limit, batch: Batch) -> None:
    """Count a batch before its letters are written; TooManyRefused where they must not be. A topic is fine if one record of it was."""
    refused = Counter(letter.origin.partition("/")[0] for letter in batch.letters)
    records: Counter[str] = Counter()
    for row in batch.ledger.rows.select(["topic", "records"]).to_pylist():
        records[row["topic"]] += row["records"]
    for topic, count in records.items():
        if refused[topic] < count:
            limit.took(topic)
        else:
            limit.refused(topic, refused[topic])
