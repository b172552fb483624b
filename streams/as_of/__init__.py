"""Time travel: what was known of a moment, and what is known of it now."""
