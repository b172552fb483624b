"""Which partition a key belongs to: Kafka's own default (murmur2), so any Kafka client's keyed writes are co-partitioned with ours."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=1_000_000)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of `key` among `partitions`, 0-based; the same as the Java client's default partitioner."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
