"""Accounts and groups of another server, a batch a call: what is there already stays as it is."""

from __future__ import annotations

import secrets
from base64 import b64decode
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from words.admin.base import Domain, Result, Verb
from words.admin.texts import explain
from words.errors import BadInput, NameTaken, Refused
from words.events import SettingChange
from words.lookalikes import skeleton
from words.names import check_group_name, group_key, participant_key
from words.passport.certificates import Certificates
from words.passport.identity import Identity
from words.passport.scram import LEAST_ITERATIONS, SALT, Verifier

if TYPE_CHECKING:
    from words.chat.group import Facts

BATCH = 100
"""Accounts or groups of one call: they fit in a request."""

KEY = 32  # bytes of a SHA-256
LISTS = ("ban", "except", "invite")
"""Of other servers, as they are called here."""

RESET = 30 * 86400.0
"""Seconds that the codes of those hold who need a new password."""


Moment = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""Milliseconds since 1970 UTC; what lies before is taken for unknown, 0."""


class Account(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An account. Without SCRAM-SHA-256 keys (base64) it needs a new password."""

    name: str
    created: Moment = 0
    iterations: Annotated[int, Meta(ge=0, le=2**32)] = 0
    salt: str = ""
    stored_key: str = ""
    server_key: str = ""
    certificates: tuple[str, ...] = ()
    suspended: bool = False


class Channel(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A registered group. ``flags`` and ``lists`` are named as in `words.chat.group`."""

    name: str
    created: Moment = 0
    topic: str = ""
    topic_by: str = ""
    topic_time: Moment = 0
    flags: tuple[str, ...] = ()
    key: str = ""
    limit: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] = 0
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
            done.append(_refused(account.name, error))
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
        except Refused:  # of no use here, somebody else's, or one too many
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
            done.append(_refused(channel.name, error))
    return done


def _refused(name: str, error: Refused) -> dict[str, Result]:
    return {"name": name, "result": "refused", "why": explain(error)}


def _channel(domain: Domain, channel: Channel) -> dict[str, Result]:
    service = domain.service
    check_group_name(channel.name, service.settings.limits.group_name)
    known = domain.store.read("SELECT 1 FROM groups WHERE key = ?", group_key(channel.name))
    if known or service.registry.group(channel.name) is not None:
        return {"name": channel.name, "result": "exists"}
    founder = domain.register.get(channel.founder)
    facts = _facts(domain, channel, founder)
    lost = _fill_lists(domain, facts, channel) + _give_access(domain, facts, channel)
    number = domain.journal.ids.next()
    domain.store.write(
        "INSERT INTO groups VALUES (?, ?, ?, ?)",
        number,
        group_key(channel.name),
        channel.name,
        msgspec.msgpack.encode(facts),
    )
    domain.store.write(
        "INSERT INTO registered VALUES (?, ?, ?)",
        number,
        founder.id if founder else 0,
        skeleton(channel.name),
    )
    done: dict[str, Result] = {"name": channel.name, "result": "added"}
    if lost:
        done["why"] = f"{lost} entries of its lists mean nobody here, or are too many: left out"
    return done


def _facts(domain: Domain, channel: Channel, founder: Identity | None) -> Facts:
    """Return what is stored of a group, its lists still empty; raises what can't be kept."""
    from words.chat.group import FLAGS, Facts, Settings
    from words.chat.verbs.base import check_text
    from words.chat.verbs.moderation import Values

    check_text(channel.topic)
    check_text(channel.topic_by)
    settings = Settings(limit=max(0, channel.limit))
    if channel.key:
        Values(settings).change(SettingChange("key", channel.key, True))
        settings.key = channel.key
    for flag in FLAGS:
        setattr(settings, flag, flag in channel.flags)
    limits, now = domain.service.settings.limits, domain.journal.ids.stamp()[1]
    return Facts(
        channel.created if 0 < channel.created <= now else now,
        closed_once=settings.closed,
        topic=channel.topic[: limits.topic],
        topic_by=channel.topic_by[: limits.name],
        topic_time=max(0, channel.topic_time),
        registered=True,
        settings=settings,
        founder=founder.id if founder else 0,
        founder_name=founder.name if founder else "",
    )


def _fill_lists(domain: Domain, facts: Facts, channel: Channel) -> int:
    """Put the entries into the lists; return how many couldn't be."""
    from words.chat.entries import means_nobody, normal_entry
    from words.chat.group import Entry

    now, most = domain.journal.ids.stamp()[1], domain.service.settings.limits.list_entries
    given = [(name, text) for name in LISTS for text in channel.lists.get(name, ())]
    lost = 0
    for name, text in given:
        entries = facts.lists[name]
        try:
            entry = normal_entry(text)
        except ValueError:
            lost += 1
            continue
        if means_nobody(entry) or (len(entries) >= most and entry not in entries):
            lost += 1
        else:
            entries[entry] = Entry(facts.founder_name, now)
    return lost


def _give_access(domain: Domain, facts: Facts, channel: Channel) -> int:
    """Put accounts on the access list; return how many couldn't be."""
    from words.chat.group import Access

    limits, roles = domain.service.settings.limits, domain.service.settings.roles
    lost = 0
    for name, role in channel.access.items():
        one = domain.register.get(name)
        if one is None or role not in roles.by_name or len(facts.access) >= limits.list_entries:
            lost += 1
        elif one.name != facts.founder_name:
            facts.access[participant_key(one.name)] = Access(one.name, role)
    return lost


VERBS = {
    "import-accounts": Verb(Accounts, _accounts, "admin"),
    "import-groups": Verb(Channels, _channels, "admin"),
}
