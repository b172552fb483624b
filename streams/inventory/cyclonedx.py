"""Reading CycloneDX JSON 1.4 to 1.6: checked against the specification's own schema, then as cyclonedx-python-lib's model.

The check runs over a hundred components at a time: the schema demands that components are unique, which its validator compares
pairwise (20 s for 5,000 components at once, 2 s so).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from cyclonedx.exception import CycloneDxException
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonValidator

from schemas.errors import Rejected
from streams.inventory.document import required

VERSIONS = {"1.4": SchemaVersion.V1_4, "1.5": SchemaVersion.V1_5, "1.6": SchemaVersion.V1_6}
TOGETHER = 100
MOST_COMPONENTS = 100_000
REASONS = {
    "required": "lacks a required field",
    "additionalProperties": "has a field the specification does not know",
    "type": "has the wrong type",
    "enum": "is not one of the allowed values",
    "pattern": "is not written as the specification demands",
    "format": "is not written as the specification demands",
    "uniqueItems": "has the same item twice",
    "minLength": "is too short",
}


def boms(content: Any) -> Iterator[Bom]:
    """The document as models, each with up to a hundred of its components and the first with all the rest.

    Rejected names the field that is not as the specification says.
    """
    version = _version(content)
    components = content.get("components", [])
    if not isinstance(components, list):
        raise Rejected("bad_data", "components", "has the wrong type")
    if len(components) > MOST_COMPONENTS:
        raise Rejected("oversized", "components", f"are {len(components):,}, more than {MOST_COMPONENTS:,}")
    rest = {name: content[name] for name in ("bomFormat", "specVersion", "version") if name in content}
    for start in range(0, max(len(components), 1), TOGETHER):
        some = components[start : start + TOGETHER]
        piece = {**(content if start == 0 else rest), **({"components": some} if some else {})}
        _check(piece, version, start)
        yield _model(piece, f"components[{start}:{start + len(some)}]")


def _version(content: Any) -> str:
    required(content, "bomFormat")
    required(content, "specVersion")
    if content["bomFormat"] != "CycloneDX":
        raise Rejected("bad_data", "bomFormat", "must be CycloneDX")
    version = content["specVersion"]
    if not isinstance(version, str) or version not in VERSIONS:
        raise Rejected("bad_data", "specVersion", f"must be one of {', '.join(VERSIONS)}")
    return version


@cache
def _validator(version: str) -> JsonValidator:
    return JsonValidator(VERSIONS[version])


def _check(piece: dict[str, Any], version: str, start: int) -> None:
    try:
        found = _validator(version).validate_str(json.dumps(piece))
    except RecursionError:
        raise Rejected("bad_data", "components", "nest too deeply") from None
    if found is None:
        return
    error = found.data
    path = list(error.absolute_path)
    if path[:1] == ["components"] and len(path) > 1:
        path[1] += start
    reason = REASONS.get(error.validator, f"breaks the rule {error.validator} of the specification")
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        path, reason = [*path, missing[0]], "is missing"
    raise Rejected("bad_data", field_of(path), reason)


def field_of(path: list[str | int]) -> str:
    """A path as text: `components[3].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _model(piece: dict[str, Any], at: str) -> Bom:
    try:
        return Bom.from_json(piece)  # type: ignore[attr-defined,no-any-return]
    except (CycloneDxException, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        told = "a package URL" if "PURL" in str(error) else "a value"
        raise Rejected("bad_data", at, f"{told} in it cannot be read ({type(error).__name__})") from None
