"""Half-space trees with river's exact output, compiled."""
