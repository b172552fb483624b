"""Faust's Kafka transport with one number changed: how long a fetch of what is idle keeps everything else waiting.

Faust 0.15.3 lets a fetch wait 1.5 s for data (transport/drivers/aiokafka.py), and aiokafka has one fetch at a time a broker
(consumer/fetcher.py). Where one topic has a backlog and another is idle, the fetch sent while the first one's records are unpacked asks for
the idle one only, and the backlog stands still for all that time: it cost the detection worker a third of its rate.
"""

from __future__ import annotations

from typing import Any

from faust.transport.drivers import aiokafka

# The price: this often a second each worker asks again while nothing comes.
FETCH_WAIT_MS = 50


class ConsumerThread(aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that fetches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for it; the consumer makes its fetcher from this when it starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """The consumer of that thread."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """For `app.transport`."""

    Consumer = Consumer
