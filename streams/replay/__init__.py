"""Replay: prove from the log that what was derived from it is what the log says. It reads, and reaches nothing that has an effect."""
