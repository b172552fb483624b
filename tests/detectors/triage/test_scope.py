"""An alert about a site or a cohort says so, as long as that is what it is about."""

from __future__ import annotations

from typing import Any

from schemas.alert import AlertOpened, AlertSetAside, AlertUpdated
from schemas.detection import Scope
from tests.detectors.feedback.story import Told, finding
from tests.detectors.triage.parts import BACK, SITE, told_of

SHIFT = Scope(key="cohort.shift.temperature_c up pump, berlin", members=40)


def test_an_outage_and_its_end_are_one_alert_about_the_site() -> None:
    told = Told()
    opened = told.take(told_of("cam-1", 4))
    assert isinstance(opened, AlertOpened)
    assert opened.scope is not None and opened.scope.key == SITE
    more = told.take(told_of("cam-1", 6, members=60))
    assert isinstance(more, AlertUpdated)
    assert more.scope is not None and more.scope.members == 60
    back = told.take(told_of("cam-1", 30, "silence.restored", what=BACK, severity="low"))
    assert back.scope.what == BACK
    # The one that stands for it does not come back: the alert is about that device from then on.
    assert told.take(finding("s", 50, None, kind="silence.silent", p_value=1e-6)).scope is None


def test_a_device_s_own_trouble_takes_the_name_of_an_alert_from_its_cohort_s() -> None:
    told = Told()
    shift: dict[str, Any] = {"kind": "cohort.shift.temperature_c", "scope": SHIFT}
    assert told.take(finding("shift", 0, 9.0, **shift)).scope == SHIFT
    assert told.take(finding("pattern again", 2, 9.0, kind="cohort.poisoned")).scope == SHIFT
    own = told.take(finding("own", 5, 9.0, kind="baseline.temperature_c"))
    assert (own.kind, own.scope) == ("baseline.temperature_c", None)
    assert told.take(finding("shift again", 6, 9.0, **shift)).scope is None


def test_what_is_set_aside_keeps_its_scope() -> None:
    told = Told()
    shift: dict[str, Any] = {"kind": "cohort.shift.temperature_c", "scope": SHIFT}
    for number in range(6):
        alert = told.take(finding(f"f{number}", 60 * number, 8.5, **shift)).alert
        told.judge(alert, "false_positive", 60 * number + 1)
    aside = told.take(finding("weak", 1000, 8.6, **shift))
    assert isinstance(aside, AlertSetAside)
    assert aside.scope == SHIFT
