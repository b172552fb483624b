"""What a person does on a page goes through the control API, never past it: one request each, its answer as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from schemas.event import rfc3339
from schemas.settings import Settings

# Longer than the control API waits for Kafka, so that what it says then is heard.
TIMEOUT_S = 20.0
FOLLOWS = "Enforcement does it at once; this page shows it when that is proven."
UNCHANGED = "Nothing was changed"
UNCERTAIN = "It is not known whether this happens, so look here again before you repeat it"
# A page must not wait for the names in it.
UNSEAL_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the control API took a request, and what to tell the person."""

    ok: bool
    text: str


class Control:
    """The control API as the settings name it; its token comes from the settings or from `control.token` in `home`."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._url = f"http://127.0.0.1:{settings.control_port}"

    def acknowledge(self, tenant: str, device: str, alert: str, actor: str, *, whole: bool = False) -> Answer:
        """Take an alert into work, with `whole` all parts of what it is about."""
        done = f"{actor} works on it. Nothing else follows from that."
        body = {"actor": actor, **_whole(whole=whole)}
        return self._post(("alerts", tenant, device, alert, "acknowledge"), body, done)

    def judge(
        self,
        tenant: str,
        device: str,
        alert: str,
        verdict: str,
        comment: str,
        actor: str,
        *,
        whole: bool = False,
    ) -> Answer:
        """Close an alert with a verdict, with `whole` all parts of what it is about."""
        body = {"verdict": verdict, "comment": comment, "actor": actor, **_whole(whole=whole)}
        done = f"closed as {verdict.replace('_', ' ')} by {actor}."
        return self._post(("alerts", tenant, device, alert, "verdict"), body, done)

    def settle(
        self, tenant: str, device: str, decision: str, answer: str, comment: str, actor: str
    ) -> Answer:
        """`approve` or `reject` a proposed decision."""
        done = {
            "approve": f"the proposal for {device}, approved by {actor}. {FOLLOWS}",
            "reject": f"the proposal for {device}, rejected by {actor}. Its certificate stays as it is.",
        }[answer]
        body = {"comment": comment, "actor": actor}
        return self._post(("decisions", tenant, device, decision, answer), body, done)

    def accept_exception(
        self, tenant: str, device: str, exception: str, until: datetime, comment: str, actor: str
    ) -> Answer:
        """Accept a proposed exception until a time that is not later than proposed."""
        body = {"until": rfc3339(until), "comment": comment, "actor": actor}
        done = f"expected on {device}, said {actor}. It counts from the next finding on."
        return self._post(("exceptions", tenant, device, exception, "accept"), body, done)

    def refuse_exception(
        self, tenant: str, device: str, exception: str, answer: str, comment: str, actor: str
    ) -> Answer:
        """`reject` a proposed exception or `end` an accepted one."""
        done = f"not to be expected on {device}, said {actor}. The next finding opens an alert."
        body = {"comment": comment, "actor": actor}
        return self._post(("exceptions", tenant, device, exception, answer), body, done)

    def hold(self, tenant: str, device: str, alert: str, comment: str, actor: str) -> Answer:
        """Stop a credential until somebody reinstates it, because of an alert where it is not empty."""
        body = {"alert": alert, "comment": comment, "actor": actor}
        return self._post(
            ("credentials", tenant, device, "hold"), body, f"hold {device}, by {actor}. {FOLLOWS}"
        )

    def reinstate(self, tenant: str, device: str, comment: str, actor: str) -> Answer:
        """Let a held credential work again."""
        done = f"reinstate {device}, by {actor}. {FOLLOWS}"
        return self._post(
            ("credentials", tenant, device, "reinstate"), {"comment": comment, "actor": actor}, done
        )

    def roll_back(
        self, tenant: str, device: str, since: datetime, until: datetime, reason: str, actor: str
    ) -> Answer:
        """Let detection forget what a device taught between two event times."""
        stretch = {"since": rfc3339(since), "until": rfc3339(until)}
        body = {"tenant": tenant, "device": device, **stretch, "reason": reason, "actor": actor}
        done = f"forget {device}, by {actor}. It is listed above, and is done once detection has learned the rest again."
        return self._post(("roll-backs",), body, done)

    def unseal(self, texts: Sequence[str], actor: str) -> list[str] | None:
        """The texts with sealed values in plain words, or `[erased]`; None where the control API does not open them now."""
        token = self._token()
        if not token:
            return None
        body = {"texts": list(texts), "actor": actor, "reason": "dashboard"}
        try:
            with httpx.Client(transport=self._transport, timeout=UNSEAL_S, trust_env=False) as client:
                response = client.post(
                    f"{self._url}/v1/unseal", json=body, headers={"Authorization": f"Bearer {token}"}
                )
            found = response.json()["texts"] if response.is_success else None
        except (httpx.HTTPError, ValueError, KeyError):
            return None
        return found if isinstance(found, list) and len(found) == len(texts) else None

    def ask_what_if(self, variant: dict[str, Any]) -> tuple[Answer, str]:
        """Queue a what-if; the answer, and its id where it was taken."""
        response = self._send("POST", ("what-ifs",), variant)
        if isinstance(response, Answer):
            return response, ""
        if not response.is_success:
            return _answer(response), ""
        return Answer(True, "Asked. It runs at once, or when those asked before are done."), str(
            response.json()["id"]
        )

    def cancel_what_if(self, name: str) -> Answer:
        """End a what-if that waits or runs."""
        response = self._send("POST", ("what-ifs", name, "cancel"), {})
        if isinstance(response, Answer):
            return response
        return Answer(True, "It ends within a second.") if response.is_success else _answer(response)

    def what_ifs(self) -> list[dict[str, Any]] | Answer:
        """The newest what-ifs without their results; an Answer says why there is none to be had."""
        response = self._send("GET", ("what-ifs",))
        if isinstance(response, Answer):
            return response
        return list(response.json()["what_ifs"]) if response.is_success else _answer(response)

    def what_if(self, name: str) -> dict[str, Any] | Answer:
        """One what-if with its result; an Answer says why there is none to be had."""
        response = self._send("GET", ("what-ifs", name))
        if isinstance(response, Answer):
            return response
        return dict(response.json()) if response.is_success else _answer(response)

    def _post(self, path: tuple[str, ...], body: dict[str, Any], done: str) -> Answer:
        response = self._send("POST", path, body)
        if isinstance(response, Answer):
            return response
        return Answer(True, f"On the log: {done}") if response.is_success else _answer(response)

    def _send(
        self, method: str, path: tuple[str, ...], body: dict[str, Any] | None = None
    ) -> httpx.Response | Answer:
        url = "/".join([self._url, "v1", *(quote(part, safe="") for part in path)])
        token = self._token()
        if not token:
            return _failed(method, self._no_token(), certain=True)
        try:
            with httpx.Client(transport=self._transport, timeout=TIMEOUT_S, trust_env=False) as client:
                return client.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            # Only who never got through can be sure.
            certain = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            return _failed(method, self._silent(error), certain=certain)

    def _token(self) -> str:
        if self._settings.control_token:
            return self._settings.control_token
        try:
            return (self._settings.home / "control.token").read_text("utf-8").strip()
        except OSError:
            return ""

    def _silent(self, error: httpx.HTTPError) -> str:
        log = self._settings.logs / "control.log"
        return f"the control API at {self._url} does not answer ({type(error).__name__}). See make status, then {log}."

    def _no_token(self) -> str:
        return (
            f"there is no token for the control API. Set VEDETTE_CONTROL_TOKEN, or start the control API, "
            f"which writes {self._settings.home / 'control.token'}."
        )


def _whole(*, whole: bool) -> dict[str, Any]:
    return {"whole": True} if whole else {}


def _answer(response: httpx.Response) -> Answer:
    """Why the control API did not do what it was asked."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    told = problem if isinstance(problem, dict) else {}
    reason = told.get("detail") or told.get("title") or response.reason_phrase
    # Behind a 503 a record may still wait for Kafka and be taken later; after another 5xx nobody knows.
    return _failed(
        response.request.method,
        f"the control API answered {response.status_code}: {reason}",
        certain=response.is_client_error,
    )


def _failed(method: str, reason: str, *, certain: bool) -> Answer:
    """An answer that claims no more than is known of what was asked for; a question changes nothing anyway."""
    if method == "GET":
        return Answer(False, reason[:1].upper() + reason[1:])
    return Answer(False, f"{UNCHANGED if certain else UNCERTAIN}: {reason}")
