"""`python -m infra.mosquitto`: run the broker in the foreground; `... enroll NAME`: give a new device a certificate and let it in."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from infra.mosquitto.config import find_program, prepare
from infra.mosquitto.enroll import enroll
from infra.pki import init, issue
from schemas.errors import VedetteError
from schemas.settings import Settings

app = typer.Typer(add_completion=False)
Home = typer.Option(None, help="folder for everything written at run time; default: home of the settings")
Port = typer.Option(0, help="port for devices, on 127.0.0.1; default: the one in mqtt_url")


@app.callback(invoke_without_command=True)
def run(context: typer.Context, home: Path | None = Home, port: int = Port) -> None:
    """Run a local Mosquitto in the foreground: mTLS, identity from the certificate, on 127.0.0.1 only."""
    settings = Settings.load()
    home = home or settings.home
    context.obj = (home, settings.pki_dir or home / "pki", port or _port(settings.mqtt_url))
    if context.invoked_subcommand is not None:
        return
    try:
        init(context.obj[1])
        config, program = prepare(context.obj[0], context.obj[2], context.obj[1]), find_program()
    except VedetteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    os.execv(program, [program, "-c", str(config)])  # noqa: S606  the supervisor must see the broker itself


@app.command("enroll")
def enroll_command(
    context: typer.Context, names: list[str] = typer.Argument(..., help="tenant:device")
) -> None:
    """Give devices certificates and let them in on the running broker."""
    _, pki, port = context.obj
    try:
        folder = init(pki)
        made = [issue(pki, name) for name in names]
        enroll(folder, port, names)
    except VedetteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for credential in made:
        typer.echo(f"{credential.cert}  {credential.key}")


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].strip("/"))


if __name__ == "__main__":
    app()
