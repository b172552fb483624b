"""Tests of the local Flink cluster."""
