"""Faust's Kafka transport with two numbers changed: how long a fetch of what is idle keeps everything else waiting, and its size.

Faust 0.15.3 lets a fetch wait 1.5 s for data (transport/drivers/aiokafka.py), and aiokafka has one fetch at a time a broker
(consumer/fetcher.py). Where one topic has a backlog and another is idle, the fetch sent while the first one's records are unpacked asks for
the idle one only, and the backlog stands still for all that time: it cost the detection worker a third of its rate.
"""

from __future__ import annotations

from typing import Any

from faust.transport.drivers import aiokafka

# The price: so many times a second each worker asks again while nothing comes.
FETCH_WAIT_MS = 50
# Not aiokafka's 50 MB: what is read, unpacked and given back in smaller pieces stays in memory that is there already.
FETCH_BYTES = 8 * 1024 * 1024


class ConsumerThread(aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that fetches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no settings for them; the consumer makes its fetcher from these when it starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        consumer._fetch_max_bytes = FETCH_BYTES
        return consumer


class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """The consumer of that thread."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """For `app.transport`."""

    Consumer = Consumer
