"""Recorded data through the same path as live data: rows become JSON on `telemetry.raw`, the running ingest does the rest."""
