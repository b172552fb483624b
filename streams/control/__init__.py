"""The control API: what people and rollout controllers may ask for, written to the log; what they may know, read from the store."""
