"""Identities: add, list, show, suspend, remove; what they may administer."""

from __future__ import annotations

import msgspec

from words.admin.base import PAGE, Act, Domain, Name, Page, Result, Verb
from words.admin.verbs.people import attachments_of
from words.chat.connections import end
from words.errors import BadInput, BadName, Conflict
from words.lookalikes import skeleton
from words.passport.certificates import Certificates
from words.passport.identity import RIGHTS, Identity
from words.passport.scram import Verifier, make_verifier

EXPORTS = 8
"""Exports under way at once; one more makes the oldest begin anew."""


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``user-add``."""

    name: str
    password: str
    rights: tuple[str, ...] = ()
    why: str = ""


class ExportPage(Name, forbid_unknown_fields=True):
    """Arguments of ``user-export``: pages are asked for in order, from 0 on."""

    page: int = 0


class RightsChange(Act, forbid_unknown_fields=True):
    """Arguments of ``user-rights``."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def hash_password(domain: Domain, arguments: NewUser) -> Verifier:
    """Prepare a verifier: that blocks for a tenth of a second."""
    return make_verifier(arguments.password, domain.register.settings.iterations)


def _add(domain: Domain, arguments: NewUser, verifier: Verifier) -> Result:
    _check_rights(domain, arguments.rights)
    _check_reserved(domain, arguments.name)
    identity = domain.register.add(arguments.name, verifier, arguments.rights)
    return {"name": identity.name}


def _check_reserved(domain: Domain, name: str) -> None:
    """Refuse an identity that nobody could come in as."""
    looks = skeleton(name)
    if any(looks == skeleton(reserved) for reserved in domain.config().chat.reserved_names):
        raise BadName(name, "looks like one of chat.reserved_names")


def _check_rights(domain: Domain, rights: tuple[str, ...]) -> None:
    known = (*RIGHTS, *domain.register.settings.classes)
    for right in rights:
        if right not in known:
            raise BadInput("right", f"there is no {right!a}; rights are: {', '.join(known)}")


def _rights(domain: Domain, arguments: RightsChange, _: object) -> Result:
    _check_rights(domain, arguments.add)
    identity = domain.register.require(arguments.name)
    granted = domain.register.granted(identity)
    _check_rights(domain, tuple(set(arguments.remove) - granted))  # a class that is gone may go
    rights = granted.union(arguments.add).difference(arguments.remove)
    domain.register.set_rights(identity.name, rights)
    return {"name": identity.name, "rights": sorted(rights)}


def _list(domain: Domain, arguments: Page, _: object) -> Result:
    return [_shown(domain, identity) for identity in domain.register.list(arguments.after, PAGE)]


def _shown(domain: Domain, identity: Identity) -> dict[str, Result]:
    rights = sorted(domain.register.granted(identity))
    return {"name": identity.name, "rights": rights, "suspended": identity.suspended}


def _show(domain: Domain, arguments: Name, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    ((created,),) = domain.store.read("SELECT created FROM identities WHERE id = ?", identity.id)
    groups = domain.store.read(
        "SELECT groups.name, members.roles FROM members JOIN groups ON groups.id = conversation"
        " WHERE participant = ? AND durable ORDER BY key",
        identity.id,
    )
    return {
        **_shown(domain, identity),
        "id": identity.id,
        "created": created,
        "reset_until": domain.resets.pending(identity),
        "app_passwords": [
            {"label": one.label, "scopes": sorted(one.scopes), "created": one.created}
            for one in domain.app_passwords.list(identity)
        ],
        "certificates": list(Certificates(domain.journal).list(identity)),
        "groups": [{"name": name, "roles": roles.split()} for name, roles in groups],
        "sessions": len(attachments_of(domain.live, identity)),
    }


def _suspend(domain: Domain, arguments: Act, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    if identity.suspended:
        raise Conflict(f"{identity.name} is suspended already")
    domain.register.suspend(identity.name, True)
    reason = f"Suspended: {arguments.why}" if arguments.why else "Suspended"
    return {"name": identity.name, "ended": end(attachments_of(domain.live, identity), reason)}


def _resume(domain: Domain, arguments: Act, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    if not identity.suspended:
        raise Conflict(f"{identity.name} isn't suspended")
    domain.register.suspend(identity.name, False)
    return {"name": identity.name}


def _remove(domain: Domain, arguments: Act, _: object) -> Result:
    """Begin: what it said is emptied by and by, by a hub that runs."""
    identity = domain.register.require(arguments.name)
    domain.service.removals.begin(identity.name)
    domain.resets.forget(identity.id)
    return {"name": identity.name}


def _export(domain: Domain, arguments: ExportPage, _: object) -> Result:
    """Return a page; a hub that doesn't run forgets where it was, so it returns them all."""
    from words.chat.export import export

    exports = domain.exports
    key = domain.register.require(arguments.name).id
    if arguments.page == 0:
        exports.pop(key, None)
        while len(exports) >= EXPORTS:
            del exports[next(iter(exports))]
        exports[key] = 0, export(domain.service, arguments.name)
    place, records = exports.get(key, (0, iter(())))
    if key not in exports or place != arguments.page:
        raise Conflict("another export of the same began: begin anew")
    if not domain.running:
        return {"records": [record for page in records for record in page], "more": False}
    page = next(records, None)
    if page is None:
        del exports[key]
        return {"records": [], "more": False}
    exports[key] = place + 1, records
    return {"records": page, "more": True}


VERBS = {
    "user-add": Verb(NewUser, _add, "users", prepare=hash_password),
    "user-rights": Verb(RightsChange, _rights, "admin"),
    "user-list": Verb(Page, _list, "users", writes=False),
    "user-show": Verb(Name, _show, "users", writes=False),
    "user-suspend": Verb(Act, _suspend, "users"),
    "user-resume": Verb(Act, _resume, "users"),
    "user-export": Verb(ExportPage, _export, "history", writes=False),
    "user-remove": Verb(Act, _remove, "users"),
}
