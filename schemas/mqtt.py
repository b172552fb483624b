"""Who may do what on the MQTT broker, as Mosquitto's dynamic security plugin is told it (`$CONTROL/dynamic-security/v1`).

One role a device, named as the device: version 2.0 of the plugin knows no `%u` in a topic (2.1 does), and the alternative, an ACL file with
patterns, would let a device that was removed go on publishing until its connection ends.
"""

from __future__ import annotations

from typing import Any

CONTROL_TOPIC = "$CONTROL/dynamic-security/v1"
RESPONSE_TOPIC = "$CONTROL/dynamic-security/v1/response"
LOG_TOPIC = "$SYS/broker/log/#"
# What the plugin answers where the thing asked for is so already.
ALREADY = frozenset({"Client already exists", "Role already exists", "Client not found", "Role not found"})

Command = dict[str, Any]


def allow(kind: str, topic: str) -> Command:
    """One entry of a role: `kind` of access to `topic` (a filter for the pattern kinds) is allowed."""
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}


def device_acls(identity: str) -> list[Command]:
    """A device publishes below `v1/<its identity>` and reads its own commands, nothing else."""
    return [
        allow("publishClientSend", f"v1/{identity}/#"),
        allow("subscribePattern", f"v1/{identity}/commands/#"),
        allow("publishClientReceive", f"v1/{identity}/commands/#"),
    ]


def admit(identity: str) -> list[Command]:
    """The commands that let a device in; an answer in `ALREADY` is success."""
    return [
        {"command": "createRole", "rolename": identity, "acls": device_acls(identity)},
        {"command": "createClient", "username": identity, "roles": [{"rolename": identity}]},
    ]


def expel(identity: str) -> list[Command]:
    """The command that ends a device's sessions and takes its rights; an answer in `ALREADY` is success.

    It doesn't stop the device from coming back with its certificate (without rights): the revocation list does that. The role stays, it
    gives nobody a right and is gone when the broker's list is made anew at its next start; each command more costs the plugin a rewrite
    of its file (2-5 ms with 300 devices, 50-100 ms with 10,000).
    """
    return [{"command": "deleteClient", "username": identity}]
