"""Events sealed and texts opened: every personal value, only those, the same twice, and never again once the key is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Envelope
from schemas.personal import personal_fields
from schemas.registry import EVENTS
from schemas.sample import sample_envelope
from schemas.security import AuthenticationFailed, SecurityEvent
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from tests.streams.sealing.memory import KeysInMemory, unsealed

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def login(account: str = "root", address: str = "192.0.2.1", device: str = "cam-1") -> Envelope:
    envelope = sample_envelope(AuthenticationFailed, full=True)
    return msgspec.structs.replace(
        envelope, subject=device, data=AuthenticationFailed(account=account, address=address)
    )


def address_of(envelope: Envelope) -> str:
    assert isinstance(envelope.data, AuthenticationFailed)
    return envelope.data.address


def test_no_personal_value_of_any_type_stays_and_all_come_back() -> None:
    keys = KeysInMemory()
    sealer = Sealer(keys)
    for kind in EVENTS.values():
        if issubclass(kind, SecurityEvent):
            envelope = sample_envelope(kind, full=True)
            sealed = sealer.seal(envelope)
            written = msgspec.json.encode(sealed.data).decode()
            values = [getattr(envelope.data, name) for name in personal_fields(kind)]
            assert not [value for value in values if value in written], kind.TYPE
            assert unsealed(sealed, keys) == envelope


@given(st.text(), st.text())
def test_sealing_twice_is_sealing_once(account: str, address: str) -> None:
    sealer = Sealer(KeysInMemory())
    once = sealer.seal(login(account, address))
    assert sealer.seal(once) == once == sealer.seal(login(account, address))


def test_equal_values_are_equal_within_a_device_only() -> None:
    sealer = Sealer(KeysInMemory())
    one, again, other = (sealer.seal(login(device=device)) for device in ("cam-1", "cam-1", "cam-2"))
    assert address_of(one) == address_of(again) != address_of(other)


def test_what_a_sender_makes_look_like_a_token_of_another_device_is_sealed_as_its_words() -> None:
    keys = KeysInMemory()
    sealer, unsealer = Sealer(keys), Unsealer(keys)
    stolen = address_of(sealer.seal(login(device="cam-1")))
    forged = address_of(sealer.seal(login(address=stolen, device="cam-2")))
    assert forged != stolen
    assert unsealer.texts([forged]) == [stolen], "one step back, never two"


def test_a_key_destroyed_by_another_process_seals_nothing_from_then_on(tmp_path: Path) -> None:
    sealer, unsealer = Sealer(KeyFile(tmp_path)), Unsealer(KeyFile(tmp_path))
    before = sealer.seal(login())
    (key,) = KeyFile(tmp_path).destroy(before.tenant, "cam-1", "r1", lambda: NOW).keys
    after = sealer.seal(login())
    assert key not in address_of(after)
    assert unsealer.texts([address_of(before), address_of(after), "no token"]) == [
        "[erased]",
        "192.0.2.1",
        "no token",
    ]
    assert address_of(sealer.seal(before)) == "[erased]", "a dead token comes in again after a restart"


def test_the_cache_is_bounded() -> None:
    sealer = Sealer(KeysInMemory(), most=3)
    tokens = [address_of(sealer.seal(login(device=f"cam-{number % 5}"))) for number in range(20)]
    assert tokens[:5] == tokens[15:]


def test_texts_are_opened_wherever_tokens_stand_in_them() -> None:
    keys = KeysInMemory()
    token = keys.living("acme", "cam-1").seal("192.0.2.1")
    unknown = f"sealed.v1.{'f' * 16}.{'A' * 30}"
    assert Unsealer(keys).texts([f"7 logins from {token}, then one from {token}.", unknown, ""]) == [
        "7 logins from 192.0.2.1, then one from 192.0.2.1.",
        unknown,
        "",
    ]
