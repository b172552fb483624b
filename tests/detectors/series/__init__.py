"""Tests of the series detector."""
