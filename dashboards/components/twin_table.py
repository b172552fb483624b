"""A device's twin: what it should be set to, what it says it is, and since when the two differ."""

from __future__ import annotations

import json
from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.markup import show
from dashboards.components.numbers import counted
from dashboards.components.table import Column, table
from dashboards.queries.inventory import Twin, TwinSetting
from dashboards.view import View

EMPTY = "It has no twin yet. One appears when the fleet says what it wants (twin.desired) or the device what it has (twin.reported)."


def twin_table(view: View, found: Twin | None, settings: Sequence[TwinSetting]) -> None:
    """Draw the settings, those that differ first."""
    columns = [
        Column[TwinSetting]("Setting", lambda s: s.setting),
        Column[TwinSetting]("", _state),
        Column[TwinSetting]("Desired", lambda s: _value(s.desired), cut=True),
        Column[TwinSetting]("Reported", lambda s: _value(s.reported), cut=True),
        Column[TwinSetting]("Differs since", lambda s: view.moment(s.differs_since) if s.differs else ""),
        Column[TwinSetting]("Last change", lambda s: view.moment(s.changed_time), wide=True),
    ]
    table(settings, columns, caption="Its settings, desired and reported", empty=EMPTY)
    if found is not None:
        show(Markup("<p class='faint'>{}</p>").format(told(view, found)))


def told(view: View, found: Twin) -> Markup | str:
    """The twin in a sentence: what differs, and whether the device knows what is wanted."""
    if found.desired_version is None:
        return "Nobody has said yet how it should be set, so nothing differs."
    if found.reported_version is None:
        return Markup("{} desired {}; the device has never reported its own.").format(
            counted(found.settings, "setting"), view.moment(found.desired_time)
        )
    count = f"{found.differing} of {counted(found.settings, 'desired setting')}"
    verb = "differs" if found.differing == 1 else "differ"
    knows = _knows(found)
    error = f" It said: {found.error}." if found.error else ""
    return Markup("{} {}. Desired is version {} from {}{}; it reported {}.{}").format(
        count,
        verb,
        found.desired_version,
        view.moment(found.desired_time),
        knows,
        view.moment(found.reported_time),
        error,
    )


def _knows(found: Twin) -> str:
    if found.known_version == found.desired_version:
        return ", which the device knows"
    known = "none" if found.known_version is None else f"version {found.known_version}"
    return f", the device knows {known}"


def _state(setting: TwinSetting) -> Markup | str:
    if setting.differs:
        return badge("differs")
    return badge("as_desired") if setting.desired else "not desired"


def _value(text: str) -> str:
    if not text:
        return "not set"
    value = json.loads(text)
    return value if isinstance(value, str) else text
