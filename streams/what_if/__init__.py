"""What-if: what would have been different under other rules, thresholds and policies. It reads the log, and can write nothing to it."""
