"""Closed network flows as events: scored with the traffic detector, told as one finding for each episode of a device."""
