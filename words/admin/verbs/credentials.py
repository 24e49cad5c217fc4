"""How identities prove themselves: passwords, reset codes, app passwords."""

from __future__ import annotations

import msgspec

from words.admin.base import Act, Domain, Name, Result, Verb
from words.admin.verbs.people import attachments_of
from words.chat.connections import end
from words.errors import AuthenticationFailed, BadInput
from words.passport.app_passwords import make_secret, md5_of
from words.passport.scram import Verifier, make_verifier

LONGEST_RESET = 30 * 86400.0
"""Seconds that a reset code may hold: a letter arrives in a month."""

RESET = 86400.0
"""Seconds that it holds unless told otherwise."""


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``user-passwd``."""

    name: str
    password: str
    why: str = ""


class ByCode(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``user-reset``: whose it is says the code."""

    code: str
    password: str


class NewCode(Act, forbid_unknown_fields=True):
    """Arguments of ``user-reset-link``."""

    seconds: float = RESET


class Labelled(Act, forbid_unknown_fields=True, kw_only=True):
    """Arguments of verbs about an app password. ``md5``: stock PB clients may use it too."""

    label: str
    scopes: tuple[str, ...] = ()
    md5: bool = False


def _hash(domain: Domain, arguments: NewPassword | ByCode) -> Verifier:
    return make_verifier(arguments.password, domain.register.settings.iterations)


def _passwd(domain: Domain, arguments: NewPassword, verifier: Verifier) -> Result:
    identity = domain.register.require(arguments.name)
    domain.register.set_verifier(identity.name, verifier)
    domain.resets.forget(identity.id)
    return {"name": identity.name}


def _reset_link(domain: Domain, arguments: NewCode, _: object) -> Result:
    if not 0 < arguments.seconds <= LONGEST_RESET:
        raise BadInput("time", f"must be above 0 and at most {int(LONGEST_RESET / 86400)} days")
    identity = domain.register.require(arguments.name)
    code = domain.resets.make_code()
    expires = domain.resets.add(identity, code, arguments.seconds)
    return {"name": identity.name, "code": code, "expires": expires}


def _reset(domain: Domain, arguments: ByCode, verifier: Verifier) -> Result:
    identity = domain.register.by_id(domain.resets.use(arguments.code))
    if identity is None:
        raise AuthenticationFailed
    domain.register.set_verifier(identity.name, verifier)
    return {"name": identity.name}


def _new_secret(_: Domain, __: Labelled) -> tuple[str, Verifier]:
    return make_secret()


def _app_add(domain: Domain, arguments: Labelled, secret: tuple[str, Verifier]) -> Result:
    identity = domain.register.require(arguments.name)
    text, verifier = secret
    md5 = md5_of(text) if arguments.md5 else None
    domain.app_passwords.add(identity, arguments.label, verifier, arguments.scopes, md5)
    login = f"{identity.name}/{arguments.label}"
    return {"name": identity.name, "label": arguments.label, "login": login, "password": text}


def _app_list(domain: Domain, arguments: Name, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    return [
        {
            "label": one.label,
            "scopes": sorted(one.scopes),
            "created": one.created,
            "md5": one.md5,
        }
        for one in domain.app_passwords.list(identity)
    ]


def _app_remove(domain: Domain, arguments: Labelled, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    domain.app_passwords.remove(identity, arguments.label)
    came = attachments_of(domain.live, identity, arguments.label)
    ended = end(came, "The app password was revoked")
    return {"name": identity.name, "label": arguments.label, "ended": ended}


VERBS = {
    "user-passwd": Verb(NewPassword, _passwd, "users", prepare=_hash),
    "user-reset-link": Verb(NewCode, _reset_link, "users"),
    "user-reset": Verb(ByCode, _reset, "users", prepare=_hash),
    "app-password-add": Verb(Labelled, _app_add, "users", prepare=_new_secret),
    "app-password-list": Verb(Name, _app_list, "users", writes=False),
    "app-password-remove": Verb(Labelled, _app_remove, "users"),
}
