"""`python -m streams.control`: serve the control API."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import typer
import uvicorn
from starlette.applications import Starlette

from schemas.errors import Fatal
from schemas.settings import Settings
from streams.control.app import app_of
from streams.control.catalog import ClickHouseCatalog
from streams.control.journal import KafkaJournal
from streams.control.letters import Letters
from streams.control.metrics import Metrics
from streams.control.privacy import Privacy, SealingJournal
from streams.control.proofs import Proofs
from streams.control.roll_backs import RollBacks
from streams.control.token import token_of
from streams.control.what_ifs import Hypotheses
from streams.log.roll_backs import ask
from streams.process import start, stop_event
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer

HOST = "127.0.0.1"


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def application(settings: Settings, hypotheses: Hypotheses) -> Starlette:
    """The API with all that it talks to; Fatal where its token or the keys are not what they must be."""
    token = token_of(settings)
    sealer, unsealer = Sealer(KeyFile(settings.keys)), Unsealer(KeyFile(settings.keys))
    metrics, store = Metrics(), ClickHouseCatalog(settings.clickhouse_url)
    journal = SealingJournal(KafkaJournal(settings.kafka_bootstrap, metrics.wrote), sealer)
    more = [
        *Proofs(settings).operations(),
        *Letters(settings.kafka_bootstrap, unsealer, clock).operations(),
        *hypotheses.operations(),
        *Privacy(journal, unsealer, store, clock).operations(),
        *RollBacks(partial(ask, settings.kafka_bootstrap), store).operations(),
    ]
    return app_of(journal, store, token, clock, metrics, more, journal.action)


def main() -> None:
    """Serve the control API on loopback until SIGTERM; it describes itself at /.

    Settings: VEDETTE_CONTROL_PORT, VEDETTE_CONTROL_TOKEN (default: the file control.token in VEDETTE_HOME, made when missing),
    VEDETTE_KAFKA_BOOTSTRAP, VEDETTE_CLICKHOUSE_URL, VEDETTE_KEYS_DIR.
    """
    settings, log = start("control")
    hypotheses = Hypotheses(settings)
    try:
        app = application(settings, hypotheses)
    except Fatal as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(1) from None
    # uvicorn raises the signal it was stopped by once more when it is done; this makes that an ordinary end.
    stop_event()
    log.info("ready", url=f"http://{HOST}:{settings.control_port}/")
    hypotheses.runner.start()
    try:
        uvicorn.run(app, host=HOST, port=settings.control_port, log_config=None, access_log=False)
    finally:
        hypotheses.runner.close()


if __name__ == "__main__":
    typer.run(main)
