"""Several correlated sensors of one machine: learned from its first rows, then held against a frozen reference."""
