"""Texts: every secret gone, everything else as it was."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.sanitise import is_secret, sanitise_text
from streams.ingest.sanitise.effort import MAX_SEARCHED
from streams.ingest.sanitise.harmless import is_harmless
from streams.ingest.sanitise.mark import MARK
from streams.ingest.sanitise.name import NOUNS, secret_kind
from streams.ingest.sanitise.patterns import TRIGGERS
from streams.ingest.sanitise.text import TOO_LONG
from tests.streams.ingest.sanitise.canaries import CANARY, NAMES, TEXTS, leaks

ORDINARY = (
    "Failed password for root from 203.0.113.7 port 22 ssh2",
    "Accepted publickey for alice@example.com from ::1",
    "authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 user=root",
    "token expired",
    "password: must have at least 8 characters",
    "password is incorrect",
    "authorization: denied",
    "basic authentication failed",
    "bearer certificates",
    "PWD=/root ; USER=root ; COMMAND=/bin/sh -c id",
    "max_tokens=512 token_ttl=3600 password_policy=strong",
    "secret rotation: enabled",
    "pass=12 fail=0",
    "gpio pin=4",
    "/etc/passwd",
    "/var/lib/secrets/readme.txt",
    "https://updates.example:8443/v2/fw?version=4.2.0&by=a@b",
    "ssh://git@git.example/fleet/fw.git",
    "git@git.example:fleet/fw.git",
    "cam-0042.berlin.example",
    "2001:db8::7",
    "4.2.0-rc.1+build.77",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "sha256:" + "ab" * 32,
    "ab" * 32,
    "token digest sha256:" + "0f" * 32,
    "SHA256:" + "aB3" * 14 + "x",
    "CN=acme:cam-1,O=Vedette",
    "spiffe://acme/cam-1",
    "wifi.psk",
    "ssh.password_authentication",
    "sk-bratislava-camera-0001",
    "4f:a2:b8:27:eb:00",
    "monkey: business, turkey=dinner",
    "sealed.v1.0123456789abcdef.AbCdEfGhIjKlMnOpQrStUv",
    "cis-ubuntu-22.04@1.2",
    "",
)
FRAGMENTS = st.sampled_from(
    [
        *(
            "password",
            "token",
            "api_key",
            "=",
            ": ",
            " is ",
            "--",
            "://",
            "@",
            '"',
            "'",
            "\\",
            ";",
            "&",
            " ",
            "\n",
            "a",
        ),
        *(
            CANARY,
            "Bearer ",
            "[",
            "]",
            "eyJabcdefg.abc.",
            "AKIAABCDEFGHIJKLMNOP",
            "Cookie: ",
            "<",
            ">",
            "[redacted:key]",
        ),
        *("-----BEGIN RSA PRIVATE KEY-----", "$6$"),
    ]
)


@pytest.mark.parametrize("name", TEXTS)
def test_a_secret_is_replaced_and_says_what_it_was(name: str) -> None:
    clean = sanitise_text(TEXTS[name])
    assert not leaks(clean)
    assert MARK.search(clean)


@pytest.mark.parametrize("name", TEXTS)
def test_a_secret_is_found_anywhere_in_a_text(name: str) -> None:
    for around in (
        "before %s",
        "x" * 100_000 + " %s",
        "%s\nafter",
        "(%s)",
        "日本 %s",
        "a: %s",
        "%s " + "y" * 50_000,
    ):
        assert not leaks(sanitise_text(around.replace("%s", TEXTS[name])))


def test_what_stands_around_a_secret_stays() -> None:
    assert sanitise_text("PASS x9") == "PASS [redacted:password]"
    assert sanitise_text("a --token abc1 b") == "a --token [redacted:token] b"
    assert sanitise_text("postgres://u:p@h/db?x=1") == "postgres://[redacted:userinfo]@h/db?x=1"
    assert (
        sanitise_text("Server=db;Password=x9;Encrypt=true")
        == "Server=db;Password=[redacted:password];Encrypt=true"
    )
    assert sanitise_text('{"password": "x", "n": 1}') == '{"password": "[redacted:password]", "n": 1}'


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_is_the_very_same(text: str) -> None:
    assert sanitise_text(text) is text or sanitise_text(text) == text


def test_a_recorded_log_is_the_very_same(shared_data: Path) -> None:
    with (shared_data / "loghub" / "Linux_2k.log_structured.csv").open() as file:
        rows = [*csv.DictReader(file)]
    lines = (shared_data / "loghub" / "Linux_2k.log").read_text().splitlines()
    texts = [*lines, *(value for row in rows for value in row.values())]
    assert len(rows) == 2000
    assert [text for text in texts if sanitise_text(text) != text] == []


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_sanitising_twice_is_sanitising_once(text: str) -> None:
    once = sanitise_text(text)
    assert sanitise_text(once) == once


@given(st.text(max_size=40), st.sampled_from(sorted(TEXTS)))
def test_no_text_before_it_hides_a_secret(before: str, name: str) -> None:
    assert not leaks(sanitise_text(f"{before} {TEXTS[name]}"))


@given(st.text("abcdefghijklmnopqrstuvwxyz ABC.,_/0123456789", max_size=80))
def test_without_a_trigger_nothing_changes(text: str) -> None:
    if not any(trigger in text.lower() for trigger in TRIGGERS):
        assert sanitise_text(text) == text


def test_every_secret_name_is_looked_for() -> None:
    missed = [noun for noun in NOUNS if not any(trigger in noun for trigger in TRIGGERS)]
    assert missed == []


def test_the_last_word_of_a_name_says_whether_it_is_a_secret() -> None:
    secret = (
        "password",
        "db.password",
        "wifiPsk",
        "API-Key",
        "secret_access_key",
        "token_1",
        "DB_PASSWORD_OLD",
        "session_id",
    )
    plain = (
        "password_policy",
        "token_ttl_s",
        "key",
        "public_key",
        "credential",
        "max_tokens",
        "compass",
        "etc/passwd",
    )
    assert [name for name in secret if not secret_kind(name)] == []
    assert [name for name in plain if secret_kind(name)] == []


def test_a_state_or_a_digest_under_a_secret_name_is_kept() -> None:
    for value in (True, None, "enabled", "sha256:" + "ab" * 32, "***", "", "[redacted:password]"):
        assert is_harmless(value, "password")
    for secret in ("hunter2", 12345678, "ab" * 32, "no-one"):
        assert not is_harmless(secret, "password")


def test_names_that_are_keys_are_known() -> None:
    assert all(map(is_secret, NAMES.values()))
    assert not any(
        map(is_secret, ("cam-0042", "token-4711", "sk-bratislava-camera-0001", "secret-garden", "acme"))
    )


def test_a_text_full_of_suspicious_words_is_cut_where_searching_it_would_take_too_long() -> None:
    clean = sanitise_text("password " * 100_000)
    assert len(clean) < 2 * MAX_SEARCHED
    assert clean.endswith(TOO_LONG)
    assert sanitise_text(clean) == clean
