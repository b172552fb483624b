"""The API's description, made from its routes: OpenAPI 3.1 for machines, one plain page for people."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Vedette control API</title>
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
code{{font-size:.95em}}dt{{margin-top:1rem}}dd{{margin:0 0 0 1.5rem}}</style>
<h1>Vedette control API</h1>
<p>Send <code>Authorization: Bearer &lt;token&gt;</code>; the token is in <code>control.token</code> in Vedette's home folder. Writing
answers once the log has it. The same request twice is done once; an <code>Idempotency-Key</code> header sets what "same" means.
Errors are problem details (RFC 9457). Machines read <a href="/openapi.json">openapi.json</a>.</p>
<dl>{entries}</dl></html>
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API does: the handler's docstring says what."""

    method: str
    path: str
    handler: Any
    body: type | None = None
    query: tuple[str, ...] = ()
    open: bool = False

    @property
    def summary(self) -> str:
        """The handler's docstring on one line."""
        return " ".join((inspect.getdoc(self.handler) or "").split())


def page(operations: Sequence[Operation]) -> str:
    """The page at `/`."""
    return PAGE.format(entries="".join(_entry(operation) for operation in operations))


def openapi(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The OpenAPI document; schemas of the bodies come from the types that check them."""
    bodies = [operation.body for operation in operations if operation.body]
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in operations:
        # OpenAPI doesn't know Starlette's converters.
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, path, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vedette control API", "version": version},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def as_html(operations: Sequence[Operation]) -> Any:
    """The handler of `/`."""
    text = page(operations)

    async def describe(request: Request) -> Response:
        """This page."""
        return Response(text, media_type="text/html")

    return describe


def _entry(operation: Operation) -> str:
    query = f"?{'&'.join(f'{name}=' for name in operation.query)}" if operation.query else ""
    body = ""
    if operation.body is not None:
        fields = ", ".join(
            field.encode_name + ("" if field.required else "?")
            for field in msgspec.structs.fields(operation.body)
        )
        body = f" <code>{{{html.escape(fields)}}}</code>"
    where = html.escape(operation.path + query)
    return f"<dt><code>{operation.method} {where}</code>{body}<dd>{html.escape(operation.summary)}"


def _described(operation: Operation, path: str, schema_of: dict[type, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": [
            *(
                {"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
                for n in re.findall(r"\{(\w+)\}", path)
            ),
            *({"name": n, "in": "query", "schema": {"type": "string"}} for n in operation.query),
        ],
        "responses": {
            "200" if operation.method == "GET" else "202": {"description": "done"},
            "default": {"description": "a problem", "content": {"application/problem+json": {}}},
        },
    }
    if operation.body is not None:
        found["requestBody"] = {"content": {"application/json": {"schema": schema_of[operation.body]}}}
    if operation.open:
        found["security"] = []
    return found
