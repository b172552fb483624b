"""The control API as a rollout controller uses it: define a rollout, start a stage, ask the gate, act on its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from schemas.errors import Fatal, Retryable
from schemas.rollout import GatePolicy
from schemas.settings import Settings


class Control:
    """One client of the control API; Retryable where it doesn't answer for half a minute, Fatal where it refuses what it is asked."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{settings.control_port}/v1",
            headers={"authorization": f"Bearer {token(settings)}"},
            timeout=10.0,
            trust_env=False,
            transport=transport,
        )

    def define(self, tenant: str, rollout: str, firmware: str, previous: str, policy: GatePolicy) -> None:
        """Define a rollout of one stage."""
        body = {
            "tenant": tenant,
            "rollout": rollout,
            "firmware": firmware,
            "previous": previous,
            "stages": 1,
            "policy": _policy(policy),
        }
        self._ask("POST", "/rollouts", body)

    def start(
        self, tenant: str, rollout: str, treatment: Sequence[str], control: Sequence[str], policy: GatePolicy
    ) -> None:
        """Start stage 1 with these devices in its arms."""
        body = {"treatment": list(treatment), "control": list(control), "policy": _policy(policy)}
        self._ask("POST", f"/rollouts/{tenant}/{rollout}/stages/1", body)

    def gate(self, tenant: str, rollout: str) -> dict[str, Any]:
        """What the gate says about stage 1 now: at least `outcome` and `explanation`."""
        return self._ask("GET", f"/rollouts/{tenant}/{rollout}/stages/1/gate")

    def finish(self, tenant: str, rollout: str, outcome: str, verdict: str) -> None:
        """Say what was done on which verdict."""
        body = {"outcome": outcome, "verdict": verdict}
        self._ask("POST", f"/rollouts/{tenant}/{rollout}/stages/1/finish", body)

    def unseal(self, texts: Sequence[str]) -> list[str]:
        """The texts with what is sealed in them in plain words."""
        body = {"texts": list(texts), "actor": "simulator", "reason": "the story is checked"}
        return list(self._ask("POST", "/unseal", body)["texts"]) if texts else []

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    @retry(
        retry=retry_if_exception_type(Retryable),
        stop=stop_after_delay(30),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise Retryable(f"the control API does not answer: {type(error).__name__}") from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Retryable(f"the control API answers {method} {path} with {answer.status_code}")
        if answer.status_code >= 400:
            raise Fatal(
                f"the control API refuses {method} {path} ({answer.status_code}): {answer.text[:500]}"
            )
        return cast(dict[str, Any], answer.json()) if answer.content else {}


def token(settings: Settings) -> str:
    """The bearer token of the settings or of the file in `home`; Fatal where there is neither."""
    file = settings.home / "control.token"
    if settings.control_token:
        return settings.control_token
    if not file.exists():
        raise Fatal(f"{file} is missing: start the stack first, or set VEDETTE_CONTROL_TOKEN")
    return file.read_text().strip()


def _policy(policy: GatePolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__struct_fields__}
