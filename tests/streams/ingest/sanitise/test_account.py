"""A password typed as user name, against user names."""

from __future__ import annotations

import pytest

from streams.ingest.sanitise.account import is_account, looks_like_password

NAMES = (
    *(
        "root",
        "admin",
        "pi",
        "alice@example.com",
        "ACME\\bob",
        "svc_backup$",
        "NT AUTHORITY\\SYSTEM",
        "j.müller",
        "O'Brien",
        "1000",
    ),
    *(
        "mary ann lee",
        "JohnSmith2024",
        "user+tag@x.example",
        "CN=svc,OU=x,DC=y",
        "arn:aws:iam::123456789012:user/bob",
        "Admin1",
    ),
    *(
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "S-1-5-21-3623811015-3361044348",
        "AIDAJQABLZS4A3QDU576Q",
        "iPhone12ProMax",
        "",
    ),
    *(
        "bob_contoso.com#EXT#@fab.example",
        "host/web1.example@EXAMPLE",
        "DESKTOP-7GH3K2$",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
    ),
)
PASSWORDS = (
    *(
        "P@ssw0rd",
        "Summer2024!",
        "correct horse battery staple",
        "Tr0ub4dor&3",
        "aB3dE6gH9kLm",
        "qwerty123",
        "hunter2",
        "Wint3r#99",
    ),
    *("password=abc", "letmein", "eyJhbGciOiJI.abcd.efgh", "x7GkQ2mPz9Lw"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept(name: str) -> None:
    assert not looks_like_password(name)


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_not(password: str) -> None:
    assert looks_like_password(password)


def test_keys_that_name_an_account() -> None:
    assert all(map(is_account, ("account", "user_name", "Username", "login")))
    assert not any(map(is_account, ("user_agent", "accounts", "password")))
