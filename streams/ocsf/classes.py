"""The OCSF classes used, as OCSF 1.5.0 defines them: uid, category, activities, and what an event of the class must have."""

from __future__ import annotations

from dataclasses import dataclass, field

VERSION = "1.5.0"
OTHER = 99
CATEGORIES = {
    0: "Uncategorized",
    2: "Findings",
    3: "Identity & Access Management",
    4: "Network Activity",
    5: "Discovery",
    6: "Application Activity",
    7: "Remediation",
}
LOGGED = {1: "Log", 2: "Collect"}
FOUND = {1: "Create", 2: "Update", 3: "Close"}


@dataclass(frozen=True, slots=True)
class OcsfClass:
    """One event class. `activities` has the ids used here besides 0 (Unknown) and 99 (Other); `required` its own required attributes."""

    uid: int
    name: str
    activities: dict[int, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def category_uid(self) -> int:
        """The category, which is the class's thousand."""
        return self.uid // 1000

    def activity_id(self, name: str) -> int:
        """The id of an activity; KeyError where the class has none of that name."""
        return {"Other": OTHER, **{told: number for number, told in self.activities.items()}}[name]


BASE = OcsfClass(0, "Base Event")
VULNERABILITY = OcsfClass(2002, "Vulnerability Finding", FOUND, ("finding_info", "vulnerabilities"))
COMPLIANCE = OcsfClass(2003, "Compliance Finding", FOUND, ("finding_info", "compliance"))
DETECTION = OcsfClass(2004, "Detection Finding", FOUND, ("finding_info",))
INCIDENT = OcsfClass(2005, "Incident Finding", FOUND, ("finding_info_list", "status_id"))
AUTHENTICATION = OcsfClass(3002, "Authentication", {1: "Logon", 2: "Logoff"}, ("user", "dst_endpoint"))
AUTHORIZE = OcsfClass(3003, "Authorize Session", {1: "Assign Privileges"}, ("user", "privileges"))
ENTITY = OcsfClass(
    3004,
    "Entity Management",
    {
        1: "Create",
        2: "Read",
        3: "Update",
        4: "Delete",
        6: "Enroll",
        7: "Unenroll",
        9: "Disable",
        10: "Activate",
        11: "Deactivate",
        12: "Suspend",
        13: "Resume",
    },
    ("entity",),
)
NETWORK = OcsfClass(
    4001,
    "Network Activity",
    {2: "Close", 3: "Reset", 4: "Fail", 5: "Refuse", 6: "Traffic"},
    ("src_endpoint", "dst_endpoint"),
)
CONFIG_STATE = OcsfClass(5002, "Device Config State", LOGGED, ("device",))
CONFIG_CHANGE = OcsfClass(5019, "Device Config State Change", LOGGED, ("device",))
SOFTWARE = OcsfClass(5020, "Software Inventory Info", LOGGED, ("device", "sbom"))
OSINT = OcsfClass(5021, "OSINT Inventory Info", LOGGED, ("osint",))
LIFECYCLE = OcsfClass(
    6002, "Application Lifecycle", {1: "Install", 2: "Remove", 3: "Start", 4: "Stop", 8: "Update"}, ("app",)
)
REMEDIATION = OcsfClass(
    7001, "Remediation Activity", {1: "Isolate", 2: "Evict", 3: "Restore"}, ("command_uid",)
)
