"""The rollout gate: which devices of a stage are well, and whether that is enough to go on. Standard library and msgspec only."""
