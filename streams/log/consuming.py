"""A consumer for who keeps its own place in the log: it joins no group, commits nothing and sees only what is committed."""

from __future__ import annotations

from confluent_kafka import Consumer


def placed_consumer(bootstrap: str, name: str) -> Consumer:
    """One of that name; assign its partitions with their offsets (default: the beginning), and close it."""
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"vedette-{name}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "log_level": 2,  # errors come as exceptions
        }
    )
