"""Damped incremental statistics of streams: what a device, a device and its target, a channel did lately, at several paces."""
