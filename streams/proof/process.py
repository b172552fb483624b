"""The running process: records become leaves as they come, and every few seconds the grown tree gets a signed checkpoint."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from detectors.proof.leaf import SALT_BYTES
from schemas.event import Envelope
from schemas.settings import Settings
from streams.log.transaction import SoleWriter
from streams.proof.key import private_key
from streams.proof.notary import Notary
from streams.proof.source import Source
from streams.proof_log.leaves import read_checkpoints, read_leaves

BATCH = 500
WAIT_S = 0.2


def run(settings: Settings, log: Any, stop: threading.Event) -> None:
    """Work until `stop` is set; Fatal or Retryable where it can't. Everything it knows is read back from what it wrote."""
    key = private_key(settings)
    bootstrap = settings.kafka_bootstrap
    writer = SoleWriter(bootstrap, "proof", "writes the proof log")
    # Only after the writer fenced off any other: from here on the leaves are ours alone.
    notary = Notary(key, lambda: secrets.token_bytes(SALT_BYTES), read_leaves(bootstrap))
    notary.resume(read_checkpoints(bootstrap))
    source = Source(bootstrap, notary.done)
    log.info("ready", leaves=notary.tree.size, signed=notary.signed, public_key=str(key.public))
    try:
        _follow(notary, source, writer, settings.checkpoint_s, stop)
    finally:
        source.close()


def _follow(
    notary: Notary, source: Source, writer: SoleWriter, checkpoint_s: float, stop: threading.Event
) -> None:
    signed_at = 0.0
    while not stop.is_set():
        leaves = [leaf for seen in source.next(BATCH, WAIT_S) if (leaf := notary.append(seen))]
        if leaves:
            _write(writer, leaves)
        if time.monotonic() - signed_at >= checkpoint_s and _sign(notary, writer):
            signed_at = time.monotonic()
    _sign(notary, writer)


def _sign(notary: Notary, writer: SoleWriter) -> Envelope | None:
    """Sign what is committed; a leaf comes first, so no checkpoint covers one that is not on the log."""
    checkpoint = notary.checkpoint(datetime.now(UTC))
    if checkpoint is not None:
        _write(writer, [checkpoint])
    return checkpoint


def _write(writer: SoleWriter, envelopes: Sequence[Envelope]) -> None:
    with writer.transaction():
        for envelope in envelopes:
            writer.append(envelope)
