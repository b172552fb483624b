"""Variants: what a what-if changes about the detectors, the triage, the response and the gate, over which stretch of history.

Everything left out is as it is. What a person writes (YAML, JSON, a request's body) becomes a `Variant` by `parsing.parse` only.
"""
