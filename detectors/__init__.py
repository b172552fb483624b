"""Pure decisions: baselines, rules, triage, revocation policy and rollout gates. No Kafka, no clock, no randomness, no I/O."""
