"""A small standalone Flink cluster (one JobManager, one TaskManager) from the PyFlink wheel's own scripts.

Meant for a laptop, a demo and tests: loopback only, no high availability. Production points `VEDETTE_FLINK_URL` at any Flink 2.3 session
cluster. The two processes share `<home>/flink/conf`; checkpoints live in `<home>/flink/checkpoints`.
"""
