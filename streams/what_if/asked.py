"""What a person asks for on the command line as a variant: a YAML or JSON file, then single settings over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from detectors.variant.parsing import parse
from detectors.variant.variant import Variant
from schemas.errors import Rejected


def asked(file: Path | None, settings: Sequence[str], flags: dict[str, Any]) -> Variant:
    """The variant in `file`, changed by settings such as `baseline.spike_z=5` and by flags that were given.

    Rejected names what is wrong, where, and what is accepted.
    """
    raw = _loaded(file) if file else {}
    for one in settings:
        path, found, value = one.partition("=")
        if not found or not path:
            raise Rejected("bad_value", one[:60], "must look like baseline.spike_z=5")
        _put(raw, path, _value(value))
    raw |= {name: value for name, value in flags.items() if value}
    return parse(raw)


def _loaded(file: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise Rejected("no_file", str(file), f"cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Rejected("bad_file", str(file), "is neither YAML nor JSON") from None
    if raw is not None and not isinstance(raw, dict):
        raise Rejected("bad_file", str(file), "must hold one object, such as baseline: {spike_z: 5}")
    named: dict[str, Any] = _named(raw or {})
    return named


def _named(value: Any) -> Any:
    # To YAML 1.1 the word `on` is true, also as the name of a field.
    if isinstance(value, dict):
        return {{True: "on", False: "off"}.get(name, str(name)): _named(one) for name, one in value.items()}
    return value


def _put(raw: dict[str, Any], path: str, value: Any) -> None:
    # Kinds of alerts have a dot of their own: everything after response.actions is one name.
    head = "response.actions."
    names = ["response", "actions", path.removeprefix(head)] if path.startswith(head) else path.split(".")
    place = raw
    for name in names[:-1]:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise Rejected("bad_value", path, f"{name} is no object")
    place[names[-1]] = value


def _value(text: str) -> Any:
    # YAML's own reading of words and numbers, but `on` and `off` as people mean them, and times as text.
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, bool | int | float | list) else text
