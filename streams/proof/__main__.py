"""`python -m streams.proof`: keep the proof log; with a command, make and check proofs.

Exit code 0: done or true, 1: what was asked about is wrong or not there, 2: used wrongly, 3: Kafka is down.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from detectors.proof import document
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.document import InclusionDocument
from detectors.proof.note import PublicKey
from schemas.errors import Fatal, Rejected, Retryable
from schemas.proof import CheckpointSigned
from schemas.settings import Settings
from streams.command import commands
from streams.log.topics import ensure
from streams.process import start, stop_event
from streams.proof import told
from streams.proof.audit import audit as audited
from streams.proof.process import run
from streams.proof_log.prover import Prover
from streams.proof_log.public_key import public_key, public_path

app = commands(__doc__, runs_alone=True)
JSON = typer.Option(False, "--json", help="print JSON")
KEY = typer.Option("", "--key", help="public key, or a file with it; default: proof.pub in VEDETTE_HOME")
CHECKPOINT = "a tree size that was signed, 'latest', or a file with a checkpoint"


@contextmanager
def _explained() -> Iterator[None]:
    """Errors as one line and the right exit code."""
    try:
        yield
    except Retryable as error:
        typer.echo(f"{error}; start Kafka or set VEDETTE_KAFKA_BOOTSTRAP", err=True)
        raise typer.Exit(3) from None
    except (Rejected, Fatal) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, Rejected) and error.code == "bad_key" else 1) from None


def _key(text: str) -> PublicKey:
    path = public_path(Settings.load())
    if not text and not path.exists():
        raise Rejected("bad_key", "key", f"there is no {path}; give --key")
    return public_key(text or str(path))


@app.callback(invoke_without_command=True)
def keep(context: typer.Context) -> None:
    """Keep the proof log until SIGTERM, or run one of the commands below.

    Reads decisions, receipts, verdicts and analysts' actions; writes `proof-leaves` and, every VEDETTE_CHECKPOINT_S seconds when there
    are new ones, a checkpoint signed with proof.key in VEDETTE_HOME (made when missing) to `proof-checkpoints`.
    """
    if context.invoked_subcommand:
        return
    settings, log = start("proof")
    stop = stop_event()
    try:
        ensure(settings.kafka_bootstrap)
    except Fatal as error:
        log.error("cannot start", error=str(error), fix="start Kafka or set VEDETTE_KAFKA_BOOTSTRAP")
        raise typer.Exit(3) from None
    try:
        run(settings, log, stop)
    except (Fatal, Retryable) as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(1) from None
    log.info("stopped")


@app.command()
def prove(
    record: str = typer.Argument(..., help="topic/partition/offset, or the id of an event"),
    as_json: bool = JSON,
) -> None:
    """Prove that a record is in the log; --json writes the document that `verify` takes."""
    with _explained():
        prover = Prover(Settings.load().kafka_bootstrap)
        proof = prover.inclusion(record)
        if as_json:
            typer.echo(msgspec.json.encode(proof))
        else:
            typer.echo(told.inclusion(proof, prover.leaf(record), prover.checkpoint()))


@app.command()
def verify(
    file: Path = typer.Argument(
        ..., help="a proof as JSON, from `prove` or `consistency`; - for stdin", allow_dash=True
    ),
    key: str = typer.Option(..., "--key", help="public key, or a file with it"),
    as_json: bool = JSON,
) -> None:
    """Check a proof with nothing but the public key: no Kafka, no network. Exit code 1 where it does not hold."""
    with _explained():
        trusted = public_key(key)
        proof = document.parse(_read(file))
        if isinstance(proof, InclusionDocument):
            checkpoint = document.verify_inclusion(proof, trusted)
            found = told.verified_inclusion(proof, checkpoint)
        else:
            found = told.verified_consistency(*document.verify_consistency(proof, trusted))
        typer.echo(msgspec.json.encode(found) if as_json else found["says"])


@app.command()
def consistency(
    old: str = typer.Argument(..., help=CHECKPOINT),
    new: str = typer.Argument("latest", help=CHECKPOINT),
    key: str = KEY,
    as_json: bool = JSON,
) -> None:
    """Prove that the log of NEW begins with the whole log of OLD. Exit code 1 where it doesn't: history was rewritten."""
    with _explained():
        trusted = _key(key)
        prover = Prover(Settings.load().kafka_bootstrap)
        proof = prover.consistency(_checkpoint(prover, old, trusted), _checkpoint(prover, new, trusted))
        found = told.verified_consistency(*document.verify_consistency(proof, trusted))
        typer.echo(msgspec.json.encode(proof) if as_json else found["says"])


@app.command()
def audit(
    key: str = KEY,
    against: list[Path] = typer.Option([], help="checkpoints kept elsewhere, one a file"),
    as_json: bool = JSON,
) -> None:
    """Derive the whole tree anew from the log and say that it is equal to what was signed, or where it differs (exit code 1)."""
    with _explained():
        kept = [_read(path).decode("utf-8", "replace") for path in against]
        found = audited(Settings.load().kafka_bootstrap, _key(key), kept)
        typer.echo(told.audit_json(found) if as_json else told.audit(found))
    if not found.equal:
        raise typer.Exit(1)


@app.command()
def checkpoint(size: str = typer.Argument("latest", help="a tree size that was signed, or 'latest'")) -> None:
    """Print a signed checkpoint. Keep one elsewhere: with it nobody can rewrite what came before, not even who has the key."""
    with _explained():
        prover = Prover(Settings.load().kafka_bootstrap)
        typer.echo(prover.checkpoint(_size(size)).note, nl=False)


def _checkpoint(prover: Prover, text: str, key: PublicKey) -> CheckpointSigned:
    """The checkpoint meant by a size, `latest`, or a file."""
    if text == "latest" or text.isdecimal():
        return prover.checkpoint(_size(text))
    note = _read(Path(text)).decode("utf-8", "replace")
    verified = Checkpoint.verified(note, key)
    return CheckpointSigned(size=verified.size, root="", note=note)


def _size(text: str) -> int | None:
    if text != "latest" and not text.isdecimal():
        raise typer.BadParameter("must be a tree size or 'latest'")
    return None if text == "latest" else int(text)


def _read(path: Path) -> bytes:
    try:
        return typer.get_binary_stream("stdin").read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from None


if __name__ == "__main__":
    app()
