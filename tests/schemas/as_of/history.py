"""Random histories: events and telemetry of two devices and a rollout in log order, some late, some repeated in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from schemas.alert import AlertAcknowledged, AlertClosed, AlertOpened, AlertSetAside, AlertUpdated
from schemas.credential import CredentialDecided, EnforcementRecorded
from schemas.detection import Evidence, Severity
from schemas.event import Event
from schemas.exception import ExceptionSettled
from schemas.rollout import ArmCounts, GateJudged, GatePolicy, RolloutDefined, StageFinished, StageStarted
from schemas.security import DeviceProvisioned, SessionClosed, SessionOpened
from schemas.weighed import Weighed
from tests.streams.archive.sample import EPOCH

DEVICES, ROLLOUT = ("d0", "d1"), "r"
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Told:
    """One record: an event, or a telemetry report where `data` is None (then `event_id` is 16 bytes of its `id`)."""

    subject: str
    id: str
    time: datetime
    recorded_time: datetime
    data: Event | None
    firmware: str = ""
    value: float = 0.0

    @property
    def topic(self) -> str:
        """Where it lies in the log."""
        return type(self.data).TOPIC if self.data else "telemetry"


def _evidence(number: int) -> tuple[Evidence, ...]:
    return (Evidence(event=f"e{number}", origin="security-events/0/1", time=EPOCH, summary="seen"),)


def _opened(device: str, n: int) -> Event:
    return AlertOpened(
        alert=f"{device}-a{n % 2}", kind=f"k{n % 3}", title=f"t{n}", explanation="x", severity=SEVERITIES[n % 4], risk=n,
        detection=f"f{n}", since=EPOCH, evidence=_evidence(n % 5),
    )  # fmt: skip


def _updated(device: str, n: int) -> Event:
    return AlertUpdated(
        alert=f"{device}-a{n % 2}", kind=f"k{n % 3}", title=f"t{n}", explanation="x", severity=SEVERITIES[n % 4], risk=n,
        detection=f"f{n}", detections=2 + n % 3, evidence=_evidence(n % 5),
    )  # fmt: skip


def _set_aside(device: str, n: int) -> Event:
    return AlertSetAside(
        alert=f"{device}-a{n % 2}", reason=("expected", "below_bar")[n % 2], kind=f"k{n % 3}", title=f"t{n}", explanation="x",
        severity=SEVERITIES[n % 4], risk=n, detection=f"f{n}", detections=1 + n % 3, since=EPOCH, evidence=_evidence(n % 5),
        weighed=Weighed(kind="k", direction="above", strength=float(n)),
    )  # fmt: skip


def _settled(device: str, n: int) -> Event:
    return ExceptionSettled(
        exception=f"x{n}", alert=f"{device}-a{n % 2}", state="accepted", actor="noor", kind="k", direction="above", limit=1.0, until=EPOCH
    )  # fmt: skip


def _closed(device: str, n: int) -> Event:
    return AlertClosed(
        alert=f"{device}-a{n % 2}", actor="noor", verdict="unknown" if n % 2 else "true_positive"
    )


def _decided(device: str, n: int) -> Event:
    return CredentialDecided(
        action=("monitor", "restrict", "hold", "revoke", "reinstate")[n % 5],
        state=("decided", "decided", "proposed")[n % 3],
        reason=f"r{n}",
        policy="p/1",
    )


def _enforced(_: str, n: int) -> Event:
    return EnforcementRecorded(
        decision="some", action=("hold", "revoke", "reinstate", "hold")[n % 4],
        step=("decided", "ca_updated", "revocation_visible", "session_dropped", "reinstated")[n % 5], at=EPOCH,
    )  # fmt: skip


def _judged(_: str, n: int) -> Event:
    counts = ArmCounts(assigned=9, healthy=n % 9)
    return GateJudged(
        rollout=ROLLOUT, stage=1 + n % 2, outcome=("PROMOTE", "HOLD")[n % 2], explanation=f"{n}", treatment=counts, control=counts,
        difference=0.0, low=0.0, high=0.0, margin=0.1, alpha=0.05, needed=n, newest=EPOCH, frontier={},
    )  # fmt: skip


OF_DEVICE: tuple[Callable[[str, int], Event], ...] = (
    _opened, _updated, _set_aside, _settled, _closed, _decided, _enforced,
    lambda device, n: AlertAcknowledged(alert=f"{device}-a{n % 2}", actor="noor"),
    lambda _, n: SessionOpened(session=f"s{n % 3}", address=f"10.0.0.{n % 3}"),
    lambda _, n: SessionClosed(session=f"s{n % 3}"),
    lambda _, n: DeviceProvisioned(model="cam", site="lab", firmware=f"1.{n}"),
)  # fmt: skip
OF_ROLLOUT: tuple[Callable[[str, int], Event], ...] = (
    _judged,
    lambda _, n: RolloutDefined(firmware="2", previous="1", stages=2, policy=GatePolicy()),
    lambda _, n: StageStarted(stage=1 + n % 2, treatment=n, control=n),
    lambda _, n: StageFinished(stage=1 + n % 2, outcome=("promoted", "rolled_back")[n % 2]),
)
# Minutes; whole hours, so that events and moments often lie on the very border of an hour.
minutes = st.sampled_from([0, 1, 30, 59, 60, 61, 119, 120, 180, 240])


@st.composite
def _one(draw: st.DrawFn, earlier: list[Told], recorded: datetime) -> Told:
    number = draw(st.integers(0, 40))
    time = EPOCH + timedelta(minutes=draw(minutes))
    if earlier and draw(st.integers(0, 5)) == 0:
        # The same id again: most often word for word, sometimes with other words, which nobody may believe.
        again = draw(st.sampled_from(earlier))
        other = again.data is None and draw(st.booleans())
        return Told(
            again.subject, again.id, again.time, recorded, again.data, again.firmware, again.value + (1 if other else 0)
        )  # fmt: skip
    name = f"{len(earlier):03}-{number}"
    if draw(st.integers(0, 2)) == 0:
        firmware = draw(st.sampled_from(["", "1.0", "1.1"]))
        return Told(draw(st.sampled_from(DEVICES)), name, time, recorded, None, firmware, float(number))
    if draw(st.integers(0, 3)) == 0:
        return Told(ROLLOUT, name, time, recorded, draw(st.sampled_from(OF_ROLLOUT))(ROLLOUT, number))
    device = draw(st.sampled_from(DEVICES))
    return Told(device, name, time, recorded, draw(st.sampled_from(OF_DEVICE))(device, number))


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """10 to 40 records in log order; recorded times never go back."""
    found: list[Told] = []
    recorded = EPOCH
    for _ in range(draw(st.integers(10, 40))):
        recorded += timedelta(minutes=draw(st.sampled_from([0, 0, 1, 20, 45, 60])))
        found.append(draw(_one(found, recorded)))
    return found


def moments(history: list[Told]) -> st.SearchStrategy[tuple[datetime, datetime]]:
    """Event and known times on, just before and just after what is in the history."""
    near = st.sampled_from([timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1)])
    at = st.sampled_from([told.time for told in history])
    known = st.sampled_from([told.recorded_time for told in history])
    return st.tuples(st.builds(_moved, at, near), st.builds(_moved, known, near))


def _moved(time: datetime, by: timedelta) -> datetime:
    return time + by
