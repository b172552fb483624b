"""Secrets that must not get through, and ordinary texts that must."""
