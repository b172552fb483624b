"""Measurements, one JSON line each; run by `make bench`, never by `make test`."""
