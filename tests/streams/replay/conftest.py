"""These tests have a broker of their own: a rebuild is about everything on the log."""

from tests.broker import own_broker as kafka_bootstrap

__all__ = ["kafka_bootstrap"]
