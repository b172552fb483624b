"""Triage: which findings are one thing a person works on, how urgent it is, and its life until a verdict."""
