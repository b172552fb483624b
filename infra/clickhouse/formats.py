"""Which Content-Type a format is answered with, as the real server's output formats say it."""

from __future__ import annotations

_TEXT = "text/plain; charset=UTF-8"
_BY_PREFIX = (
    ("TabSeparated", "text/tab-separated-values; charset=UTF-8"),
    ("TSV", "text/tab-separated-values; charset=UTF-8"),
    ("TSKV", "text/tab-separated-values; charset=UTF-8"),
    ("LineAsString", _TEXT),
    ("CSV", "text/csv; charset=UTF-8; header=absent"),
    ("JSON", "application/json; charset=UTF-8"),
    ("PrettyJSONEachRow", "application/x-ndjson; charset=UTF-8"),
    ("Pretty", _TEXT),
    ("XML", "application/xml; charset=UTF-8"),
    ("Prometheus", "text/plain; version=0.0.4"),
    ("Values", _TEXT),
    ("Vertical", _TEXT),
    ("Markdown", _TEXT),
    ("SQLInsert", _TEXT),
    ("Null", _TEXT),
)


def content_type(format_name: str) -> str:
    """The media type of an output format; octets for the binary ones and those not known here."""
    if format_name.startswith("CSVWithNames"):
        return "text/csv; charset=UTF-8; header=present"
    if format_name.startswith("JSON") and "EachRow" in format_name:
        return "application/x-ndjson; charset=UTF-8"
    for prefix, media_type in _BY_PREFIX:
        if format_name.startswith(prefix):
            return media_type
    return "application/octet-stream"
