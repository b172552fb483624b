"""The edge: authenticates, validates and batches what devices and gateways send, over MQTT, HTTPS and the topic `telemetry.raw`.

The unit counted here is one telemetry object, one CloudEvent or one blob that is neither. Every unit becomes exactly one of: a row on
`telemetry`, a record on `security-events`, a record on `dead-letters`; its sender is answered only once Kafka has it.
"""
