"""`python -m infra.pki init|issue|show`: the local authority by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import typer
from cryptography import x509

from infra.pki.authority import init, issue
from schemas.errors import VedetteError
from schemas.pki import Folder, Kind, read_issued
from schemas.settings import Settings

app = typer.Typer(help="The local certificate authority: devices, services, servers.", add_completion=False)
Root = typer.Option(None, "--dir", help="the authority's folder; default: pki_dir of the settings")


@app.command("init")
def init_command(root: Path | None = Root) -> None:
    """Make the authority and the certificates of Vedette's own processes; keeps what is there."""
    folder = init(root or Settings.load().pki)
    typer.echo(f"authority ready in {folder.root}")


@app.command("issue")
def issue_command(
    names: list[str] = typer.Argument(..., help="tenant:device, or a service's name with --kind service"),
    kind: str = typer.Option("device", help="device or service"),
    renew: bool = typer.Option(False, help="issue a new certificate even if there is one"),
    root: Path | None = Root,
) -> None:
    """Issue certificates; prints the path of each and its serial number."""
    if kind not in ("device", "service"):
        raise typer.BadParameter("must be device or service", param_hint="--kind")
    folder = init(root or Settings.load().pki)
    chosen: Kind = "device" if kind == "device" else "service"
    for name in names:
        try:
            made = issue(folder.root, name, chosen, renew=renew)
        except VedetteError as error:
            typer.echo(f"{name}: {error}", err=True)
            raise typer.Exit(2) from None
        typer.echo(f"{made.cert}  {made.serial}")


@app.command("show")
def show_command(
    name: str = typer.Argument("", help="only certificates whose identity contains this"),
    as_json: bool = typer.Option(False, "--json", help="one JSON object a line"),
    root: Path | None = Root,
) -> None:
    """List issued certificates with what the revocation list in force says about each."""
    folder = Folder(root or Settings.load().pki)
    now = datetime.now(UTC)
    try:
        rows = [row for row in read_issued(folder)[0] if name in row.identity]
    except VedetteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    reasons = _revoked(folder)
    for row in rows:
        state = reasons.get(int(row.serial, 16)) or ("valid" if row.not_after > now else "expired")
        if as_json:
            typer.echo(
                json.dumps({"identity": row.identity, "kind": row.kind, "serial": row.serial, "state": state})
            )
        else:
            typer.echo(f"{row.identity:<40} {row.kind:<8} {state:<8} {row.serial}")


def _revoked(folder: Folder) -> dict[int, str]:
    crl = x509.load_pem_x509_crl(folder.crl.read_bytes())
    return {entry.serial_number: _state(entry) for entry in crl}


def _state(entry: x509.RevokedCertificate) -> str:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return "revoked"
    return "held" if reason is x509.ReasonFlags.certificate_hold else "revoked"


if __name__ == "__main__":
    app()
