"""supervisord's configuration: one program a part."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from infra.stack.parts import ROOT, Part

HEADER = """\
[supervisord]
logfile={logs}/supervisord.log
pidfile={run}/supervisord.pid
directory={root}
nodaemon=false
minfds=1024

[unix_http_server]
file={socket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# The exit code of a part that stopped rather than draining a topic into the dead letters: a person must look before it starts again.
HALTED = 4
PROGRAM = """
[program:{name}]
command={command}
priority={stage}
autostart=false
autorestart=unexpected
exitcodes={halted}
startsecs=1
startretries=5
stopwaitsecs={stop_s}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=1
"""


def configuration(parts: Iterable[Part], *, logs: Path, run: Path, socket: Path) -> str:
    """The file's text; no part starts by itself."""
    header = HEADER.format(logs=logs, run=run, root=ROOT, socket=socket)
    return header + "".join(_program(part, logs) for part in parts)


def _program(part: Part, logs: Path) -> str:
    command = " ".join(_quote(word) for word in part.command)
    return PROGRAM.format(
        name=part.name, command=command, stage=part.stage, stop_s=part.stop_s, logs=logs, halted=HALTED
    )


def _quote(word: str) -> str:
    # supervisord splits like a shell and expands %(...)s.
    return '"' + word.replace("%", "%%") + '"' if " " in word else word.replace("%", "%%")
