"""`python -m streams.inventory`: take in SBOMs, vulnerabilities and VEX documents, and say which firmware has which vulnerability.

Nothing is written unless every file can be read. Exit code 0: done, 1: `list --fail-on` found something, 2: a bad file or used wrongly,
3: Kafka is down.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import typer

from detectors.inventory.inventory import Inventory
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.pki import NAME
from streams.command import commands, explained, fail, kafka
from streams.inventory import told
from streams.inventory.book import Book
from streams.inventory.document import Document, read
from streams.inventory.osv import published
from streams.inventory.sbom import listed
from streams.inventory.vex import assessed

app = commands(__doc__)
FILES = typer.Argument(..., metavar="FILE...", help="JSON files")
TENANT = typer.Option(..., help="whose inventory")
MODEL = typer.Option("", help="the device model; default: what the file names")
FIRMWARE = typer.Option("", help="the firmware version; default: what the file names")
JSON = typer.Option(False, "--json", help="one JSON document")
Read = TypeVar("Read")


@app.command()
def sbom(
    files: list[Path] = FILES,
    tenant: str = TENANT,
    model: str = MODEL,
    firmware: str = FIRMWARE,
    as_json: bool = JSON,
) -> None:
    """Take in CycloneDX SBOMs (JSON, 1.4 to 1.6), one a firmware; the last one of a firmware is in force."""
    if len(files) > 1 and firmware:
        fail(2, "--firmware is for one file: an SBOM replaces the one before it of the same firmware")
    read_files = _all(files, lambda document: listed(document, model, firmware))
    _import(tenant, as_json, lambda book: [e for parts in read_files for e in book.list_components(parts)])


@app.command()
def osv(files: list[Path] = FILES, tenant: str = TENANT, as_json: bool = JSON) -> None:
    """Take in vulnerabilities as OSV records, one or a list a file."""
    found = _all(files, lambda document: list(published(document)))
    _import(tenant, as_json, lambda book: [e for some in found for one in some for e in book.publish(*one)])


@app.command()
def vex(
    files: list[Path] = FILES,
    tenant: str = TENANT,
    model: str = typer.Option("", help="only about this device model"),
    firmware: str = typer.Option("", help="only about this firmware version of the model"),
    as_json: bool = JSON,
) -> None:
    """Take in assessments as OpenVEX or CycloneDX VEX documents."""
    if firmware and not model:
        fail(2, "--firmware needs --model: a version alone names no firmware")
    found = _all(files, lambda document: assessed(document, model, firmware))
    _import(tenant, as_json, lambda book: [e for some in found for one in some for e in book.assess(one)])


@app.command()
def match(tenant: str = TENANT, as_json: bool = JSON) -> None:
    """Write the findings that follow from what is there; imports do so by themselves."""
    _import(tenant, as_json, lambda book: [])


@app.command("list")
def list_findings(
    tenant: str = TENANT,
    model: str = typer.Option("", help="only of this device model"),
    firmware: str = typer.Option("", help="only of this firmware version"),
    fail_on: str = typer.Option("", help="exit with 1 where VEX leaves one of this severity or worse open"),
    as_json: bool = JSON,
) -> None:
    """Say which vulnerabilities which firmware has, the worst open one first."""
    if fail_on and fail_on not in told.ORDER:
        fail(2, f"--fail-on must be one of {', '.join(told.ORDER)}")
    with explained():
        inventory = _book(tenant).inventory
    found = told.by_severity(
        one
        for one in inventory.findings().values()
        if model in ("", one.model) and firmware in ("", one.firmware)
    )
    if as_json:
        typer.echo(json.dumps({**_counts(inventory), "findings": msgspec.to_builtins(found)}))
    else:
        typer.echo("\n".join([*told.lines(found), _summary(inventory, len(found))]))
    worst = told.ORDER[: told.ORDER.index(fail_on) + 1] if fail_on else ()
    bad = [one for one in found if one.severity in worst and one.status not in ("not_affected", "fixed")]
    raise typer.Exit(1 if bad else 0)


def _import(tenant: str, as_json: bool, events: Callable[[Book], list[Envelope]]) -> None:
    with explained():
        book = _book(tenant)
        written = book.write(events(book))
        news = book.match()
    if as_json:
        typer.echo(
            json.dumps({"written": written, "findings": told.document(news), **_counts(book.inventory)})
        )
        return
    first = f"{told.counted(written, 'event')} written" if written else "nothing new"
    typer.echo("\n".join([*told.news(news), f"{first}; {_summary(book.inventory, None)}"]))


def _all(files: list[Path], take: Callable[[Document], Read]) -> list[Read]:
    """What every file says; exits with 2 and names the file and the field where one can't be taken."""
    found = []
    for path in files:
        try:
            found.append(take(read(path)))
        except Rejected as error:
            fail(2, told.printable(f"{path}: {error if error.field else error.reason}"))
    return found


def _book(tenant: str) -> Book:
    if not NAME.fullmatch(tenant):
        raise Rejected("bad_name", "--tenant", "must be 1 to 64 letters, digits, dots, dashes or underscores")
    return Book(kafka(), tenant, lambda: datetime.now(UTC))


def _counts(inventory: Inventory) -> dict[str, int]:
    return {
        "firmware": len(inventory.firmware),
        "components": sum(len(one.components) for one in inventory.firmware.values()),
        "vulnerabilities": len(inventory.vulnerabilities),
        "statements": len(inventory.statements),
    }


def _summary(inventory: Inventory, findings: int | None) -> str:
    count = _counts(inventory)
    found = "" if findings is None else f"{told.counted(findings, 'finding')}; "
    return (
        f"{found}{inventory.tenant} has {told.counted(count['firmware'], 'SBOM')} "
        f"with {told.counted(count['components'], 'component')}, "
        f"{told.counted(count['vulnerabilities'], 'known vulnerability', 'known vulnerabilities')}, "
        f"{told.counted(count['statements'], 'VEX statement')}"
    )


if __name__ == "__main__":
    app()
