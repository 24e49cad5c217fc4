"""Accounts and groups of another server, a batch a call: what is there already stays as it is."""

from __future__ import annotations

import secrets
from base64 import b64decode

import msgspec

from words.admin.base import Domain, Result, Verb
from words.errors import BadInput, Conflict, NameTaken, Refused
from words.lookalikes import skeleton
from words.names import check_group_name, group_key, participant_key
from words.passport.certificates import Certificates
from words.passport.identity import Identity
from words.passport.scram import LEAST_ITERATIONS, SALT, Verifier

BATCH = 100
"""Accounts or groups of one call: they fit in a request."""

KEY = 32  # bytes of a SHA-256
RESET = 30 * 86400.0
"""Seconds that the codes of those hold who need a new password."""


class Account(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An account. Without SCRAM-SHA-256 keys (base64) it needs a new password."""

    name: str
    created: int = 0
    iterations: int = 0
    salt: str = ""
    stored_key: str = ""
    server_key: str = ""
    certificates: tuple[str, ...] = ()
    suspended: bool = False


class Channel(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A registered group. ``flags`` and ``lists`` are named as in `words.chat.group`."""

    name: str
    created: int = 0
    topic: str = ""
    topic_by: str = ""
    topic_time: int = 0
    flags: tuple[str, ...] = ()
    key: str = ""
    limit: int = 0
    founder: str = ""
    access: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}


class Accounts(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``import-accounts``."""

    accounts: tuple[Account, ...]
    source: str = ""
    codes: bool = False
    """Whether those who need a new password get a reset code."""

    @property
    def name(self) -> str:
        """What the act is about."""
        return f"{len(self.accounts)} accounts of {self.source}"


class Channels(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``import-groups``."""

    channels: tuple[Channel, ...]
    source: str = ""

    @property
    def name(self) -> str:
        """What the act is about."""
        return f"{len(self.channels)} groups of {self.source}"


def _accounts(domain: Domain, arguments: Accounts, _: object) -> Result:
    _check_batch(len(arguments.accounts))
    done: list[dict[str, Result]] = []
    for account in arguments.accounts:
        try:
            done.append(_account(domain, account, arguments.codes))
        except NameTaken:
            done.append({"name": account.name, "result": "exists"})
        except Refused as error:
            done.append({"name": account.name, "result": "refused", "why": str(error)})
    return done


def _check_batch(count: int) -> None:
    if count > BATCH:
        raise BadInput("import", f"takes {BATCH} at once")


def _account(domain: Domain, account: Account, codes: bool) -> dict[str, Result]:
    verifier = _verifier(account)
    usable = verifier is not None
    identity = domain.register.add(account.name, verifier or _nobodys())
    if account.suspended:
        domain.register.suspend(identity.name, True)
    certificates = Certificates(domain.journal)
    for fingerprint in account.certificates:
        try:
            certificates.add(identity, fingerprint)
        except (BadInput, Conflict):  # of no use here, or somebody else's
            continue
    done: dict[str, Result] = {
        "name": identity.name,
        "result": "added" if usable else "no password",
    }
    if not usable and codes:
        done["code"] = domain.resets.make_code()
        domain.resets.add(identity, done["code"], RESET)
    return done


def _verifier(account: Account) -> Verifier | None:
    """Return the verifier of an account that has keys which can be checked here."""
    try:
        made = Verifier(
            account.iterations,
            b64decode(account.salt, validate=True),
            b64decode(account.stored_key, validate=True),
            b64decode(account.server_key, validate=True),
        )
    except ValueError:
        return None
    right = (len(made.salt), len(made.stored_key), len(made.server_key)) == (SALT, KEY, KEY)
    return made if right and LEAST_ITERATIONS <= made.iterations < 2**32 else None


def _nobodys() -> Verifier:
    """Return a verifier that no password fits."""
    keys = secrets.token_bytes(SALT), secrets.token_bytes(KEY), secrets.token_bytes(KEY)
    return Verifier(LEAST_ITERATIONS, *keys)


def _channels(domain: Domain, arguments: Channels, _: object) -> Result:
    _check_batch(len(arguments.channels))
    done: list[dict[str, Result]] = []
    for channel in arguments.channels:
        try:
            done.append(_channel(domain, channel))
        except Refused as error:
            done.append({"name": channel.name, "result": "refused", "why": str(error)})
    return done


def _channel(domain: Domain, channel: Channel) -> dict[str, Result]:
    service = domain.service
    check_group_name(channel.name, service.settings.limits.group_name)
    known = domain.store.read("SELECT 1 FROM groups WHERE key = ?", group_key(channel.name))
    if known or service.registry.group(channel.name) is not None:
        return {"name": channel.name, "result": "exists"}
    number = domain.journal.ids.next()
    founder = domain.register.get(channel.founder)
    facts = _facts(domain, channel, founder)
    domain.store.write(
        "INSERT INTO groups VALUES (?, ?, ?, ?)",
        number,
        group_key(channel.name),
        channel.name,
        facts,
    )
    domain.store.write(
        "INSERT INTO registered VALUES (?, ?, ?)",
        number,
        founder.id if founder else 0,
        skeleton(channel.name),
    )
    return {"name": channel.name, "result": "added"}


def _facts(domain: Domain, channel: Channel, founder: Identity | None) -> bytes:
    from words.chat.group import FLAGS, LISTS, Access, Entry, Facts, Settings

    now = domain.journal.ids.stamp()[1]
    limits, roles = domain.service.settings.limits, domain.service.settings.roles
    access: dict[str, Access] = {
        participant_key(one.name): Access(one.name, role)
        for name, role in channel.access.items()
        if role in roles.by_name and (one := domain.register.get(name)) and one != founder
    }
    settings = Settings(key=channel.key, limit=max(0, channel.limit))
    for flag in FLAGS:
        setattr(settings, flag, flag in channel.flags)
    lists: dict[str, dict[str, Entry]] = {
        name: {mask: Entry(channel.founder, now) for mask in channel.lists.get(name, ())}
        for name in LISTS
    }
    return msgspec.msgpack.encode(
        Facts(
            channel.created or now,
            closed_once=settings.closed,
            topic=channel.topic[: limits.topic],
            topic_by=channel.topic_by,
            topic_time=channel.topic_time,
            registered=True,
            settings=settings,
            lists=lists,
            founder=founder.id if founder else 0,
            founder_name=founder.name if founder else "",
            access=access,
        )
    )


VERBS = {
    "import-accounts": Verb(Accounts, _accounts, "admin"),
    "import-groups": Verb(Channels, _channels, "admin"),
}
