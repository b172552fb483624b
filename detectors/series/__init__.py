"""Anomalies of one series of numbers: how novel each value is against everything the series did before."""
