"""Builds everything Vedette needs from a fresh clone: system parts, two virtual environments, Kafka and the Flink connector.

Standard library only: it runs before anything is installed. Done work is remembered by a fingerprint of its inputs, so a second run
only compares hashes.
"""
