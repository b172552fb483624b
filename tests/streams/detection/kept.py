"""The newest snapshot of a partition, and whether it is what the log says."""

from __future__ import annotations

from detectors import snapshot
from streams.log import snapshots
from streams.log.detecting import INPUTS
from streams.log.reader import end_offsets
from streams.log.stretch import reading
from streams.replay.detection_state import derived


def is_whole(bootstrap: str, partition: int) -> bool:
    """Whether the newest snapshot of the partition reflects all there is on the log."""
    kept = snapshots.newest(bootstrap, partition)
    ends = {topic: end_offsets(bootstrap, topic)[partition] for topic in INPUTS}
    return kept is not None and all(kept.offsets.get(topic, 0) == end for topic, end in ends.items())


def check_undisturbed(bootstrap: str, partition: int) -> None:
    """Fail where the newest snapshot is not, to the byte, what is derived from the log up to it, or other models were hashed on the way."""
    kept = snapshots.newest(bootstrap, partition)
    assert kept is not None
    undisturbed = derived(reading(bootstrap), partition, kept.offsets)
    assert kept.data == snapshot.encode(undisturbed.state)
    assert kept.hashes.items() <= undisturbed.hashes.items()
