"""What pages ask of ClickHouse: one module a noun, tenants always required, parameters always bound by the server."""
