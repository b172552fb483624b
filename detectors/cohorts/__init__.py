"""Cohorts: what devices that should behave alike do together, and who of them does not."""
