"""One server per store: a lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from schemas.errors import Fatal

NAME = "server.lock"


def take(store: Path) -> IO[str]:
    """Lock the store for this process until the returned file is closed or the process ends, however it ends.

    Raises `Fatal` naming the other process and the path when the store is taken. Works between processes of one machine;
    on network file systems only as well as flock does there.
    """
    store.mkdir(parents=True, exist_ok=True)
    path = store / NAME
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Fatal(
            f"the ClickHouse store {store} is in use by process {holder}: stop it or choose another --path"
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
