"""What makes the record of decisions provable: a Merkle tree (RFC 9162), its proofs, and checkpoints signed as C2SP notes. No I/O."""
