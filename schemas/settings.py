"""Configuration: environment variables (`VEDETTE_KAFKA_BOOTSTRAP`) or one TOML file (`kafka_bootstrap = ...`), the same names everywhere.

Order: environment, then the file named by `VEDETTE_CONFIG` (without it `vedette.toml` in the current folder, which may be
missing), then the defaults, which fit the local stack.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schemas import misspelling

PREFIX = "VEDETTE_"
# What is no setting but read all the same: the file of settings, the mark of a stack's processes (infra/stack), and where the tests find
# recorded data.
BESIDE = ("CONFIG", "STACK", "SHARED_DATA")
DEFAULT_FILE = Path("vedette.toml")
Port = Annotated[int, Field(ge=1, le=65535)]


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        scheme, found, rest = value.partition("://")
        if not found or scheme not in schemes or not rest:
            raise ValueError(f"must look like {schemes[0]}://host:port")
        return value

    return AfterValidator(check)


def _bootstrap(value: str) -> str:
    for server in value.split(","):
        host, found, port = server.strip().rpartition(":")
        if not found or not host or not port.isdigit():
            raise ValueError("must be host:port, several separated by commas")
    return value


class Settings(BaseSettings):
    """Everything a process of Vedette can be told. Field names are the TOML keys; upper case with `VEDETTE_` they are the variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(
        Path("build"), description="folder for everything written at run time: logs, keys, local stores"
    )

    kafka_bootstrap: Annotated[str, AfterValidator(_bootstrap)] = Field(
        "127.0.0.1:9092", description="Kafka's bootstrap servers, host:port[,host:port]"
    )
    clickhouse_url: Annotated[str, _url("http", "https")] = Field(
        "http://default:@127.0.0.1:8123/default",
        description="ClickHouse, http[s]://user:password@host:port/database",
    )
    mqtt_url: Annotated[str, _url("mqtts", "mqtt")] = Field(
        "mqtts://127.0.0.1:8883", description="the MQTT broker devices talk to"
    )
    mqtt_pid_file: Path | None = Field(
        None, description="pid file of the local MQTT broker; default: mosquitto/mosquitto.pid in `home`"
    )
    flink_url: Annotated[str, _url("http", "https")] = Field(
        "http://127.0.0.1:8081", description="Flink's REST address"
    )

    pki_dir: Path | None = Field(
        None, description="folder of the certificate authority; default: pki in `home`"
    )
    keys_dir: Path | None = Field(
        None, description="folder of the keys that seal personal values; default: keys in `home`"
    )
    control_token: str = Field(
        "", description="bearer token of the control API; default: read from `home`/control.token"
    )

    ingest_port: Port = Field(8443, description="port of the device HTTPS API")
    control_port: Port = Field(8600, description="port of the control API")
    dashboard_port: Port = Field(8501, description="port of the dashboard")
    flink_data_port: Port = Field(6121, description="local Flink: port of the TaskManager's data")
    flink_rpc_port: Port = Field(6123, description="local Flink: port of the JobManager's RPC")

    linger_s: float = Field(0.2, gt=0, le=10, description="how long ingest waits to fill a telemetry batch")
    early_s: float = Field(60.0, gt=0, description="events further than this in the future are dead-lettered")
    snapshot_s: float = Field(5.0, gt=0, description="how often detection snapshots its state")
    max_decisions: int = Field(
        20,
        ge=1,
        description="most credentials of one tenant held or revoked by itself in an hour of event time; more need a person",
    )
    proof_origin: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/:-]{1,128}$")] = Field(
        "vedette.local/log",
        description="name of the proof log, in every checkpoint; like a URL without scheme",
    )
    audit_per_s: float = Field(
        2.0, ge=0.1, le=1000, description="most outputs the auditor derives again from the log a second"
    )
    checkpoint_s: float = Field(5.0, gt=0, description="how often a grown proof log gets a signed checkpoint")
    log_format: Annotated[str, Field(pattern="^(text|json)$")] = Field("text", description="text or json")
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = Field(
        "info", description="debug, info, warning, error"
    )

    @property
    def pki(self) -> Path:
        """The folder of the certificate authority."""
        return self.pki_dir or self.home / "pki"

    @property
    def keys(self) -> Path:
        """The folder of the keys that seal personal values."""
        return self.keys_dir or self.home / "keys"

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.home / "logs"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *sources: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file before defaults."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return (init_settings, named["env_settings"], toml)

    @classmethod
    def load(cls, *, says_unknown: bool = True) -> Self:
        """The settings of this process; prints what is wrong, where, and what would be right, and exits with 2 where they are not valid.

        Variables nobody knows are told on stderr, once a process, unless the caller says it in its log (`unknown_variables`). They are no
        reason to stop: Kubernetes, for one, sets some for a service called vedette.
        """
        if says_unknown and (unknown := unknown_variables()):
            tell_once(f"unknown settings, which do nothing: {misspelling.told(unknown)}; README.md lists all")
        try:
            return cls()
        except ValidationError as error:
            told = [explain(problem["loc"], problem["msg"]) for problem in error.errors()]
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            told = [unreadable(error)]
        sys.stderr.writelines(f"{line}\n" for line in told)
        raise SystemExit(2)


def known_variables() -> frozenset[str]:
    """Every variable with `PREFIX` that something reads."""
    return frozenset(PREFIX + name.upper() for name in (*Settings.model_fields, *BESIDE))


def unknown_variables() -> dict[str, str]:
    """The variables of this process with `PREFIX` that nothing reads, each with the known one it is most like, '' for none."""
    return misspelling.unknown(os.environ, PREFIX, known_variables())


@cache
def tell_once(text: str) -> None:
    """Say it on stderr, the first time only: a command may read its settings in several places."""
    sys.stderr.write(f"{text}\n")


def config_file() -> Path | None:
    """The file to read, None where there is none; OSError where the one that `VEDETTE_CONFIG` names can't be read."""
    named = os.environ.get(PREFIX + "CONFIG")
    if named:
        # pydantic-settings passes over a file that is not there.
        Path(named).open("rb").close()
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def unreadable(error: Exception) -> str:
    """One line for a file that is not there or not TOML: its name, the place of the mistake without the text there, and the fix."""
    named = os.environ.get(PREFIX + "CONFIG")
    file = named or str(DEFAULT_FILE)
    fix = f"correct it, or set {PREFIX}CONFIG to another file" if named else "correct or remove it"
    if isinstance(error, OSError):
        return f"{file}: cannot be read: {error.strerror or type(error).__name__}. To fix it, {fix}"
    place = re.search(r"\((at [^)]*)\)$", str(error))
    where = f" ({place[1]})" if place else ""
    return f'{file}: is not TOML{where}. To fix it, {fix}; text needs quotes: kafka_bootstrap = "broker:9092"'


def explain(location: tuple[int | str, ...], problem: str) -> str:
    """One line for a wrong setting: its name, the problem without the value (it may be a secret), and the fix."""
    name = str(location[0]) if location else "settings"
    field = Settings.model_fields.get(name)
    if field is None:
        return _no_such(name)
    fix = f"set {PREFIX}{name.upper()} (or {name} in vedette.toml) to: {field.description}; default {field.default!r}"
    return f"{PREFIX}{name.upper()}: {problem.removeprefix('Value error, ')}. To fix it, {fix}"


def _no_such(name: str) -> str:
    """Only a file can say what nobody knows: unknown variables are passed over."""
    file = os.environ.get(PREFIX + "CONFIG") or str(DEFAULT_FILE)
    near = misspelling.nearest(name, Settings.model_fields)
    guess = f"did you mean {PREFIX}{near.upper()} ({near})? " if near else ""
    return f"{PREFIX}{name.upper()}: no such setting ({name} in {file}); {guess}see the list in README.md"
