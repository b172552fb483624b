"""A local certificate authority for a laptop, a demo and tests; production points `pki_dir` at files of the same form."""

from infra.pki.authority import Credential, init, issue

__all__ = ["Credential", "init", "issue"]
