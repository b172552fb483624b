"""The archive: everything on the log into ClickHouse, nothing twice and nothing left out."""
