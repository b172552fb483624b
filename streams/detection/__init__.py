"""Detection: telemetry batches and security events become findings (`detections`)."""
