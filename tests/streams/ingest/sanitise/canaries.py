"""Secrets as people and programs write them into events by mistake; `CANARY` is the part that must never be seen again."""

from __future__ import annotations

CANARY = "CaNaRy7x9Qz"
AWS = "AKIACANARY7X9QZ00001"

TEXTS: dict[str, str] = {
    "password=": f"password={CANARY}",
    "password:": f"Password: {CANARY}",
    "quoted": f"login failed, pwd='{CANARY}' for root",
    "with blanks": f'db password = "correct {CANARY} staple"',
    "with separators": f"password=ab;{CANARY},x&y host=db",
    "json": f'body {{"user": "root", "password": "{CANARY}"}}',
    "escaped json": f'body {{\\"user\\": \\"root\\", \\"password\\": \\"{CANARY}\\"}}',
    "flag": f"/usr/bin/agent --token {CANARY} --verbose",
    "flag with =": f"agent --api-key={CANARY}",
    "python list": f"['agent', '--password', '{CANARY}']",
    "environment": f"DB_PASSWORD={CANARY} PATH=/bin",
    "aws secret": f"AWS_SECRET_ACCESS_KEY={CANARY}/+abc",
    "bearer": f"Authorization: Bearer {CANARY}.abc-def",
    "bearer alone": f"sent bearer {CANARY}abcdefgh",
    "basic": "Authorization: Basic Y2FuYXJ5OkNhTmFSeTd4OVF6",
    "digest": f'Authorization: Digest username="x", response="{CANARY}"',
    "cookie": f"Cookie: lang=en; session={CANARY}; theme=dark",
    "set-cookie": f"Set-Cookie: id={CANARY}; HttpOnly",
    "jwt": f"got eyJhbGciOiJIUzI1NiJ9.{CANARY}.c2ln",
    "userinfo": f"postgres://app:{CANARY}@db.example/main",
    "userinfo with a slash": f"amqps://app:{CANARY}/x@mq.example",
    "token as user": f"https://{CANARY}abcdefghijk@git.example/r.git",
    "query": f"https://x.example/cb?state=1&access_token={CANARY}&n=2",
    "signed url": f"https://x.blob.example/c?sv=1&sig={CANARY}abcdefgh%3D",
    "connection string": f"Server=db;User Id=sa;Password={CANARY};Encrypt=true",
    "storage account": f"AccountName=x;AccountKey={CANARY}==;EndpointSuffix=y",
    "private key": f"-----BEGIN EC PRIVATE KEY-----\nMHc{CANARY}\n-----END EC PRIVATE KEY-----",
    "cut private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl{CANARY}",
    "xml": f"<user>root</user><password>{CANARY}</password>",
    "form": f"user[name]=root&user[password]={CANARY}&go=1",
    "sentence": f"the new password is {CANARY}",
    "changed": f"token changed to {CANARY}",
    "curl": f"curl -u root:{CANARY} https://x.example",
    "sshpass": f"sshpass -p {CANARY} ssh root@host",
    "mysql": f"mysql -h db -uroot -p{CANARY} main",
    "github": f"ghp_{CANARY}abcdefghijklmnopqrstuvwxyz",
    "slack": f"xoxb-12345-{CANARY}",
    "hash": f"$6$salt${CANARY}abcdefgh",
    "beside its name": f"secret f3a9b2{CANARY}A8f0e1d2",
    "wifi": f"wifi.psk={CANARY}",
    "other language": f"Passwort: {CANARY}",
}
# Forms that pass for a name: what is refused where a name can't be replaced.
NAMES: dict[str, str] = {"aws": AWS, "github": f"ghp_{CANARY}abcdefghijklmnopqrstuvwxyz"}
HIDDEN = (CANARY, AWS, "Y2FuYXJ5OkNhTmFSeTd4OVF6")


def leaks(text: str | bytes) -> bool:
    """Whether any of it can still be seen."""
    seen = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return any(hidden in seen for hidden in HIDDEN)
