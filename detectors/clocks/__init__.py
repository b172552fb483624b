"""Clocks: whose clock is wrong, by when reports came and when they say they were made."""
