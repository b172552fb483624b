"""Silence: which devices, gateways and sites have stopped reporting, from event times only."""
