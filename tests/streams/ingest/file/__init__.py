"""Tests of feeding recordings."""
