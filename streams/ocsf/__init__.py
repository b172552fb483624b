"""Vedette's events as OCSF events, for a SIEM or a data lake. A command, not a running process."""
