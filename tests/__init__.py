"""Mirrors the packages, plus contract, faults, bench and browser."""
