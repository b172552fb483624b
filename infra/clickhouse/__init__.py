"""The embedded ClickHouse server: one process owns a chdb store and speaks ClickHouse's HTTP protocol.

For a laptop, a demo and tests; production points at any ClickHouse instead, with the same clients. Run it with
`python -m infra.clickhouse`. Protocol: https://clickhouse.com/docs/interfaces/http.

Where it differs from the real server: one user (`default`), roles and quotas are accepted and ignored; no ClickHouse block framing
(`compress=1`, `decompress=1`) and no br, xz, bz2 or snappy over HTTP; `client_protocol_version` is ignored, so a Native result
names a top-level DateTime('zone') only DateTime (DateTime64 keeps its zone; clickhouse-connect copes with both); no
`system.query_log`; `system.processes` shows the text as the engine runs it, with an INTO OUTFILE added.
"""
