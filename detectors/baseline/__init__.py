"""Baselines: what each device usually measures, learned one report at a time in columns, and when it leaves that."""
