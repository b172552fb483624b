"""Fuzzing: every decoder of what somebody else wrote, fed with what no sane writer would write."""
