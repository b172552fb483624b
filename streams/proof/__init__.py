"""Proof: every decision, receipt, verdict and analyst's action becomes a leaf of a Merkle tree whose states are signed (RFC 9162)."""
