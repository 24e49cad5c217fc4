"""Which TLS certificates of clients prove an identity (SASL EXTERNAL)."""

from __future__ import annotations

from words.admin.base import Act, Domain, Result, Verb
from words.passport.certificates import Certificates, parse_fingerprint


class Shown(Act, forbid_unknown_fields=True, kw_only=True):
    """Arguments of verbs about a certificate: the SHA-256 of its DER form, in hexadecimal."""

    fingerprint: str


def _add(domain: Domain, arguments: Shown, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    Certificates(domain.journal).add(identity, arguments.fingerprint)
    return _told(identity.name, arguments)


def _remove(domain: Domain, arguments: Shown, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    Certificates(domain.journal).remove(identity, arguments.fingerprint)
    return _told(identity.name, arguments)


def _told(name: str, arguments: Shown) -> Result:
    return {"name": name, "fingerprint": parse_fingerprint(arguments.fingerprint).hex()}


VERBS = {
    "certificate-add": Verb(Shown, _add, "users"),
    "certificate-remove": Verb(Shown, _remove, "users"),
}
