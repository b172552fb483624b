"""Names by which the columns of labelled events are known, lower case, the surest first."""

from __future__ import annotations


def names(text: str) -> tuple[str, ...]:
    """Names that are written with bars between them, for some have blanks."""
    return tuple(text.split("|"))


LABEL = names(
    "label|is_attack|is_anomaly|anomaly|attack|malicious|class|target|y|attack_label|is_malicious|ground_truth|labels"
)
DEVICE = names(
    "device|device_id|deviceid|id.orig_h|src_ip|srcip|source ip|source_ip|src ip|ip.src|ip.src_host|saddr|source|host|hostname|ip|"
    "node|node_id|sensor_id|machine|client_ip"
)
TIME = names("timestamp|ts|datetime|event_time|time|date|stime|epoch|frame.time_epoch|start_time")
# Right beside a label they tell what it tells.
BESIDE = names("type|category|subcategory|class|target|difficulty|severity|detail|kind")
# Names of rows, and source ports, which are drawn anew for each connection.
IDENTIFIERS = names(
    "|uid|id|flow_id|flow id|index|unnamed: 0|pkseqid|seq|record_id|event_id|rownum|"
    "id.orig_p|src_port|srcport|sport|source port|source_port|src port|tcp.srcport|udp.srcport"
)
# What is a number though the first rows hold none: what connections have once they are answered.
NUMBERS = names(
    "duration|dur|orig_bytes|resp_bytes|missed_bytes|orig_pkts|orig_ip_bytes|resp_pkts|resp_ip_bytes|src_bytes|dst_bytes|sbytes|dbytes|"
    "spkts|dpkts|latency|latency_ms"
)
