"""Identities: add, list, show, suspend, remove; what they may administer."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec

from words.admin.base import PAGE, Act, Domain, Name, Page, Result, Right, Verb
from words.admin.verbs.people import attachments_of, end
from words.errors import BadInput, Conflict
from words.events import Left
from words.passport.certificates import Certificates
from words.passport.identity import Identity
from words.passport.scram import Verifier, make_verifier

if TYPE_CHECKING:
    from words.chat.service import ChatService

RIGHTS = get_args(Right)


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``user-add``."""

    name: str
    password: str
    rights: tuple[str, ...] = ()
    why: str = ""


class RightsChange(Act, forbid_unknown_fields=True):
    """Arguments of ``user-rights``."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def hash_password(domain: Domain, arguments: NewUser) -> Verifier:
    """Prepare a verifier: that blocks for a tenth of a second."""
    return make_verifier(arguments.password, domain.register.settings.iterations)


def _add(domain: Domain, arguments: NewUser, verifier: Verifier) -> Result:
    _check_rights(arguments.rights)
    identity = domain.register.add(arguments.name, verifier, arguments.rights)
    return {"name": identity.name}


def _check_rights(rights: tuple[str, ...]) -> None:
    for right in rights:
        if right not in RIGHTS:
            raise BadInput("right", f"there is no {right!a}; rights are: {', '.join(RIGHTS)}")


def _rights(domain: Domain, arguments: RightsChange, _: object) -> Result:
    _check_rights(arguments.add)
    identity = domain.register.require(arguments.name)
    rights = identity.rights.union(arguments.add).difference(arguments.remove)
    domain.register.set_rights(identity.name, rights)
    return {"name": identity.name, "rights": sorted(rights)}


def _list(domain: Domain, arguments: Page, _: object) -> Result:
    return [_shown(identity) for identity in domain.register.list(arguments.after, PAGE)]


def _shown(identity: Identity) -> dict[str, Result]:
    rights = sorted(identity.rights)
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
        **_shown(identity),
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
    identity = domain.register.require(arguments.name)
    end(attachments_of(domain.live, identity), "The account was removed")
    if domain.live is not None:
        _leave_groups(domain.live, identity.id)
    # Those of groups that aren't in memory: closed, with an event, when the group is loaded.
    domain.store.write("UPDATE members SET durable = 0 WHERE participant = ?", identity.id)
    domain.resets.forget(identity.id)
    domain.register.remove(identity.name)
    return {"name": identity.name}


def _leave_groups(service: ChatService, identity: int) -> None:
    """End the memberships that outlive connections."""
    participant = service.registry.by_id.get(identity)
    if participant is None:
        return
    for group in list(participant.groups.values()):
        stamp = service.registry.stamp(group)
        service.happen(group, Left(*stamp, participant.actor, "The account was removed"))
    if service.registry.by_id.get(identity) is participant:
        service.registry.remove(participant)


VERBS = {
    "user-add": Verb(NewUser, _add, "users", prepare=hash_password),
    "user-rights": Verb(RightsChange, _rights, "admin"),
    "user-list": Verb(Page, _list, "users", writes=False),
    "user-show": Verb(Name, _show, "users", writes=False),
    "user-suspend": Verb(Act, _suspend, "users"),
    "user-resume": Verb(Act, _resume, "users"),
    "user-remove": Verb(Act, _remove, "users"),
}
