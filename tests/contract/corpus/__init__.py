"""Input meant to break a reader."""
