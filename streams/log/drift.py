"""How the topics of a broker differ from the declared ones. Looks only; `streams.log.topics --apply` changes what can be changed safely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.errors import Fatal
from schemas.topics import TOPICS, Topic

# How many copies must be written is the cluster's business, as is how many there are.
CLUSTER_SETTINGS = {
    "min.insync.replicas",
    "leader.replication.throttled.replicas",
    "follower.replication.throttled.replicas",
}
MISSING = "missing"
PARTITIONS = "partitions"
UNDECLARED = "not declared"


class Drift(NamedTuple):
    """One difference: `setting` is Kafka's name of it, `partitions` or `missing`; as text, the line a person reads."""

    topic: str
    setting: str
    declared: str
    actual: str

    def __str__(self) -> str:
        if self.setting == MISSING:
            return f"{self.topic}: the broker has no such topic"
        wanted = "which nobody declared" if self.declared == UNDECLARED else f"declared: {self.declared}"
        return f"{self.topic}: {self.setting} is {self.actual}, {wanted}"


def drift(admin: KafkaAdminClient, topics: Iterable[Topic] = tuple(TOPICS.values())) -> list[Drift]:
    """Every difference, topic by topic in the order given. Topics nobody declared are not looked at: a broker may be shared."""
    declared = list(topics)
    partitions = {found["name"]: len(found["partitions"]) for found in admin.describe_topics()}
    there = [topic for topic in declared if topic.name in partitions]
    settings = _settings(admin, [topic.name for topic in there])
    found: list[Drift] = []
    for topic in declared:
        if topic.name not in partitions:
            found.append(Drift(topic.name, MISSING, "exists", MISSING))
        else:
            found += _of_topic(topic, partitions[topic.name], settings[topic.name])
    return found


def _settings(admin: KafkaAdminClient, names: list[str]) -> Mapping[str, Mapping[str, Any]]:
    if not names:
        return {}
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: Mapping[str, Mapping[str, Any]] = admin.describe_configs(wanted, config_filter="all")["topic"]
    return found


def _of_topic(topic: Topic, partitions: int, settings: Mapping[str, Any]) -> Iterator[Drift]:
    if partitions != topic.partitions:
        yield Drift(topic.name, PARTITIONS, str(topic.partitions), str(partitions))
    for name, declared in topic.settings.items():
        actual = str(settings[name]["value"]) if name in settings else "unknown to the broker"
        if actual != declared:
            yield Drift(topic.name, name, declared, actual)
    for name, setting in sorted(settings.items()):
        set_here = setting["config_source"] == "DYNAMIC_TOPIC_CONFIG"
        if set_here and name not in topic.settings and name not in CLUSTER_SETTINGS:
            yield Drift(topic.name, name, UNDECLARED, str(setting["value"]))


def repairable(difference: Drift) -> bool:
    """Whether a setting can be put right with every record kept and in its place.

    Not so: fewer or more partitions (a device's records would lie in two), a shorter retention or another cleanup (records would go),
    a setting nobody declared (somebody set it on purpose), a missing topic (`streams.log.topics` creates it).
    """
    name = difference.setting
    if name in (MISSING, PARTITIONS, "cleanup.policy") or difference.declared == UNDECLARED:
        return False
    if name in ("retention.ms", "retention.bytes"):
        declared, actual = int(difference.declared), int(difference.actual)
        return declared == -1 or (actual != -1 and declared > actual)
    return True


def repair(admin: KafkaAdminClient, differences: Iterable[Drift]) -> list[Drift]:
    """Set what is `repairable` to what is declared and return what was set; Fatal names a topic the broker refused to change."""
    done = [difference for difference in differences if repairable(difference)]
    for difference in done:
        change = ConfigResource(
            ConfigResourceType.TOPIC, difference.topic, {difference.setting: difference.declared}
        )
        said = admin.alter_configs([change])["topic"][difference.topic]
        if said != "OK":
            raise Fatal(f"{difference.topic}: the broker did not change {difference.setting}: {said}")
    return done
