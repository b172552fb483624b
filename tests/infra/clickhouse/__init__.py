"""Tests of the embedded ClickHouse server."""
