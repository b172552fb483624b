"""Revocation: when a device's credential must stop working, who may say so, and how far the system may go by itself."""
