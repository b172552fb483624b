"""A password typed where the user name belongs: the classic way one gets into a log.

login(1) therefore logs UNKNOWN instead of names it doesn't know (login.defs, LOG_UNKFAIL_ENAB), and identity providers hide such names in
their sign-in logs. But attackers' user names are evidence, injections among them, so here only what looks like a password is withheld:
what password rules ask for (letters, digits and a symbol that names don't have), well-known passwords however they are spelt, passphrases,
and what chance drew. A password that looks like a name (`hunter`) can't be told from one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from streams.ingest.sanitise.mark import is_marked
from streams.ingest.sanitise.name import secret_kind
from streams.ingest.sanitise.shape import is_mixed, switches
from streams.ingest.sanitise.text import sanitise_text

FIELD = "account"
NAMES = frozenset(("account", "user", "username", "login", "logname", "uname", "ruser", "userid"))
# Four words and more with blanks between them.
PHRASE = re.compile(r"[A-Za-z]{2,20}(?: [A-Za-z]{2,20}){3,15}")
# What is in no name, and in no injection alone: those have quotes, brackets or blanks.
TYPED = re.compile(r"[\w!#%^&*?~@$+.\\-]{6,64}")
HARD = re.compile(r"[!#%^&*?~]")
GUEST = "#EXT#"
LEET = str.maketrans(
    {"@": "a", "4": "a", "0": "o", "3": "e", "1": "l", "!": "i", "5": "s", "$": "s", "7": "t"}
)
COMMON = re.compile(
    r"passw[ao]rd|passwort|passwd|qwerty|qwertz|letmein|iloveyou|changeme|welcome1|hunter2|(?<!\d)123456(?!\d{4})|abc123|secret1"
)
WORD = re.compile(r"[A-Za-z0-9]+")
MIN_CHANCE = 10
MIN_SWITCHES = 5
SYMBOLS = re.compile(r"[@$+]")


@lru_cache(maxsize=8192)
def looks_like_password(account: str) -> bool:
    """Whether this text given as an account is more likely a secret."""
    if not account or is_marked(account):
        return False
    if sanitise_text(account) != account or PHRASE.fullmatch(account):
        return True
    if not TYPED.fullmatch(account) or GUEST in account:
        return False
    lowered = account.lower()
    if COMMON.search(lowered) or COMMON.search(lowered.translate(LEET)):
        return True
    return _by_chance(account) or _decorated(account)


def is_account(key: str) -> bool:
    """Whether a JSON key names an account."""
    return key.lower().replace("_", "").replace("-", "") in NAMES and not secret_kind(key)


def _by_chance(account: str) -> bool:
    words = WORD.findall(account)
    return any(
        len(word) >= MIN_CHANCE and is_mixed(word) and switches(word) >= MIN_SWITCHES for word in words
    )


def _decorated(account: str) -> bool:
    """A symbol no name has beside two of upper case, lower case and digits; or one that few have beside all three."""
    letters = "".join(WORD.findall(account))
    if HARD.search(account):
        kinds = sum(any(map(is_of, letters)) for is_of in (str.isupper, str.islower, str.isdigit))
        return kinds == 3 or (kinds == 2 and len(account) >= 8)
    if len(account) > 20 or "@" in account[1:-1] or "\\" in account:
        return False
    return SYMBOLS.search(account.rstrip("$")) is not None and is_mixed(letters)
