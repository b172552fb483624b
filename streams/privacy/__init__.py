"""Erasure and retention: the requests on the log carried out, each step idempotent, each result an event."""
