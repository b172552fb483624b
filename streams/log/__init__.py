"""The event log as the processes see it: topics, partitions, writing and reading."""
