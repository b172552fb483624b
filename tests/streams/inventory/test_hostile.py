"""Documents with anything anywhere in them: taken in, or refused by name, never a crash."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Rejected
from streams.inventory.document import Document
from streams.inventory.osv import published
from streams.inventory.sbom import listed
from streams.inventory.vex import assessed
from tests.streams.inventory.sample import component, openvex, osv, sbom, statement

VEX = {"id": "CVE-1", "analysis": {"state": "in_triage"}, "affects": [{"ref": "urn:cdx:x/1#ref0"}]}
DOCUMENTS: dict[str, Any] = {
    "sbom": (listed, sbom(component(0, components=[component(1)]), component(2))),
    "cyclonedx vex": (assessed, {**sbom(), "vulnerabilities": [VEX]}),
    "openvex": (assessed, openvex(statement(products=[{"@id": "a", "subcomponents": [{"@id": "b"}]}]))),
    "osv": (published, osv()),
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in pairs for found in places(inner, (*path, key)))]


@settings(max_examples=150)
@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_a_document_with_anything_anywhere_is_taken_or_refused(name: str, data: st.DataObject) -> None:
    take, good = DOCUMENTS[name]
    content = copy.deepcopy(good)
    path = data.draw(st.sampled_from(places(content)[1:]))
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    if data.draw(st.booleans()):
        holder[path[-1]] = data.draw(ANYTHING)
    else:
        del holder[path[-1]]
    try:
        list(take(Document("x.json", json.loads(json.dumps(content)), "0" * 64)))
    except Rejected as error:
        assert error.reason
