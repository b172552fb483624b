"""The embedded ClickHouse server: one process owns a chdb store and speaks ClickHouse's HTTP protocol.

For a laptop, a demo and tests; production points at any ClickHouse instead, with the same clients. Run it with
`python -m infra.clickhouse`. Protocol: https://clickhouse.com/docs/interfaces/http.
"""
