"""Sealed values on a page: in plain words where the API opens them, else a pseudonym, and the API is asked little."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from dashboards.control import Control
from dashboards.unsealing import KEPT_S, PAUSE_S, Unsealing
from schemas.personal import pseudonym
from schemas.settings import Settings

ONE, OTHER = (f"sealed.v1.{key * 16}.{'A' * 30}" for key in "ab")


class Api:
    """Opens tokens, or is away; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.away = False
        self.now_s = 0.0

    def unseal(self, tokens: Sequence[str]) -> list[str] | None:
        self.asked.append(tokens)
        return None if self.away else [f"plain {token[10]}" for token in tokens]

    def clock(self) -> float:
        return self.now_s


def test_tokens_are_opened_wherever_they_stand_one_question_a_query() -> None:
    api = Api()
    unsealing = Unsealing(api.unseal, api.clock)
    rows = [(1, f"from {ONE}, then {OTHER}", [ONE], None), (2, f'{{"a": "{ONE}"}}', ("x",), {"k": OTHER})]
    assert unsealing.rows(rows) == [
        (1, "from plain a, then plain b", ["plain a"], None),
        (2, '{"a": "plain a"}', ("x",), {"k": "plain b"}),
    ]
    assert api.asked == [[ONE, OTHER]]


def test_what_was_opened_is_kept_for_seconds_only() -> None:
    api = Api()
    unsealing = Unsealing(api.unseal, api.clock)
    for api.now_s in (0.0, KEPT_S - 1, KEPT_S):
        assert unsealing.rows([(ONE,)]) == [("plain a",)]
    assert len(api.asked) == 2
    assert unsealing.rows([("nothing sealed",)]) == [("nothing sealed",)]
    assert len(api.asked) == 2


def test_without_the_api_equal_values_look_equal_and_it_is_left_alone_for_a_while() -> None:
    api = Api()
    api.away = True
    unsealing = Unsealing(api.unseal, api.clock)
    assert unsealing.rows([(ONE, OTHER, ONE)]) == [(pseudonym(ONE), pseudonym(OTHER), pseudonym(ONE))]
    assert pseudonym(ONE) != pseudonym(OTHER)
    unsealing.rows([(ONE,)])
    assert len(api.asked) == 1
    api.away, api.now_s = False, PAUSE_S
    assert unsealing.rows([(ONE,)]) == [("plain a",)]


def test_the_control_api_is_asked_with_the_token_and_its_refusal_opens_nothing() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer a-token-for-tests-only":
            return httpx.Response(401)
        assert request.url.path == "/v1/unseal"
        return httpx.Response(200, json={"texts": ["plain"]})

    transport = httpx.MockTransport(answer)
    for token, opened in (("a-token-for-tests-only", ["plain"]), ("a-wrong-token-for-tests", None)):
        assert Control(Settings(control_token=token), transport).unseal([ONE], "ann") == opened
