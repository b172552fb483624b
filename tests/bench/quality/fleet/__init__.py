"""A simulated fleet of months of life to measure on: who is in it, when it reports, what it measures, what goes wrong with it."""
