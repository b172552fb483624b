"""A local Mosquitto that knows devices by their certificates; production points `mqtt_url` at any such broker."""

from infra.mosquitto.config import prepare
from infra.mosquitto.process import broker

__all__ = ["broker", "prepare"]
