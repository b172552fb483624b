"""The proof log as it lies on Kafka, for whoever proves something from it: leaves, checkpoints, the public key. Writes nothing."""
