"""The rollout gate as a Flink job: state in SQL operators, stateless Python at its edges. Runs in the Flink environment."""
