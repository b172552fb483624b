"""The Flink cluster as the gate's process sees it: its REST API (Flink 2.3, /v1)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from schemas.errors import Retryable

TIMEOUT_S = 5.0
ENDED = ("FAILED", "CANCELED", "FINISHED", "SUSPENDED")


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `state` is Flink's word for it, `works` says that every one of its tasks runs."""

    id: str
    name: str
    state: str
    works: bool

    @property
    def ended(self) -> bool:
        """Whether it will never run again by itself."""
        return self.state in ENDED


class Cluster:
    """A session cluster at `url`. Every call raises Retryable, with the address, while it doesn't answer."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def jobs(self) -> list[Job]:
        """All jobs the cluster remembers, ended ones included."""
        return [_job(found) for found in self._get("/jobs/overview")["jobs"]]

    def running(self, name: str) -> Job | None:
        """The job of this name that hasn't ended, None where there isn't one."""
        return next((job for job in self.jobs() if job.name == name and not job.ended), None)

    def job(self, job_id: str) -> Job | None:
        """One job; None where the cluster doesn't know it (any more)."""
        return next((job for job in self.jobs() if job.id == job_id), None)

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a job; it ends some time later. Nothing happens where it is not there."""
        self._get(f"/jobs/{job_id}", "PATCH")

    def root_cause(self, job_id: str) -> str:
        """Why a job last failed, in one line: the innermost cause Flink recorded; empty where it recorded none."""
        entries = self._get(f"/jobs/{job_id}/exceptions").get("exceptionHistory", {}).get("entries", [])
        lines = str(entries[0]["stacktrace"]).splitlines() if entries else []
        causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
        return causes[-1] if causes else "".join(lines[:1])

    def _get(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.url}/v1{path}", method=method)  # noqa: S310  Settings checked the scheme
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return {}
            raise Retryable(f"Flink at {self.url} answered {error.code} to {method} {path}") from None
        except (OSError, ValueError) as error:
            raise Retryable(f"Flink at {self.url} does not answer: {type(error).__name__}") from None


def _job(found: dict[str, Any]) -> Job:
    tasks = found.get("tasks", {})
    works = found["state"] == "RUNNING" and tasks.get("running", 0) == tasks.get("total", -1)
    return Job(found["jid"], found["name"], found["state"], works)
