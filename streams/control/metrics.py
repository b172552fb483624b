"""What the control API counts about itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counters of one API, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "vedette_control_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "vedette_control_request_seconds", "Time to answer", ["route"], registry=self.registry
        )
        self.events = Counter(
            "vedette_control_events",
            "Events written to the log and acknowledged",
            ["type"],
            registry=self.registry,
        )

    def wrote(self, kind: str) -> None:
        """Count one event written."""
        self.events.labels(kind).inc()
