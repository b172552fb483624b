"""These tests have a broker of their own, as a rebuild is about everything on the log, and each a database."""

from tests.broker import own_broker as kafka_bootstrap
from tests.database import store, store_url

__all__ = ["kafka_bootstrap", "store", "store_url"]
