"""The contracts: event types, topics, telemetry batches, ClickHouse tables and settings. Uses nothing else of ours."""
