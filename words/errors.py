"""Everything that can be refused, as one tree.

A verb that refuses changes nothing. Each class has a stable ``code``; gateways look the
code up in a table of their own to find the wire form, clients of PB see the code itself.

* `WordsError`
    * `Refused` - a verb said no
        * `BadInput`
            * `BadName`, `TooLong`, `CannotStore`
        * `NotFound`
            * `NoSuchParticipant`, `NoSuchGroup`, `NoSuchMessage`
        * `Conflict`
            * `NameTaken`, `AlreadyMember`, `NotMember`
        * `Forbidden`
            * `NeedsRight`, `CannotReach`, `LoginRequired`, `CannotWarn`
            * `CannotSpeak`
                * `TooFast`
            * `CannotJoin`
                * `Banned`, `InviteOnly`, `WrongKey`, `GroupFull`
        * `TooMany`, `Busy`, `StorageFull`
        * `AuthenticationFailed`
        * `InternalError`
    * `StorageRefused` - the file can't be opened; says what to do
    * `ConfigError` - the configuration is wrong; lists the problems
"""

from __future__ import annotations


class WordsError(Exception):
    """Base of all errors that Words raises on purpose. ``code`` never changes its meaning."""

    code = "error"

    def __str__(self) -> str:
        return " ".join(str(arg) for arg in self.args) or self.code


class Refused(WordsError):
    """A verb was refused and changed nothing."""

    code = "refused"


class BadInput(Refused):
    """The argument can't mean anything here."""

    code = "bad-input"


class BadName(BadInput):
    """``BadName(name, why)``."""

    code = "bad-name"


class TooLong(BadInput):
    """``TooLong(what, limit)``."""

    code = "too-long"


class CannotStore(BadInput):
    """The text or number has no stored form, a lone surrogate for example."""

    code = "cannot-store"


class NotFound(Refused):
    """``NotFound(name)``: there is no such thing, or it isn't yours to see."""

    code = "not-found"


class NoSuchParticipant(NotFound):
    """Nobody of that name is here."""

    code = "no-such-participant"


class NoSuchGroup(NotFound):
    """There is no such group, or it is hidden."""

    code = "no-such-group"


class NoSuchMessage(NotFound):
    """The message is unknown or no longer kept."""

    code = "no-such-message"


class Conflict(Refused):
    """It clashes with what is."""

    code = "conflict"


class NameTaken(Conflict):
    """``NameTaken(name)``: the name is in use or reserved."""

    code = "name-taken"


class AlreadyMember(Conflict):
    """``AlreadyMember(participant, group)``."""

    code = "already-member"


class NotMember(Conflict):
    """``NotMember(participant, group)``."""

    code = "not-member"


class Forbidden(Refused):
    """You may not."""

    code = "forbidden"


class NeedsRight(Forbidden):
    """``NeedsRight(right, group)``: a role with that right is needed."""

    code = "needs-right"


class CannotSpeak(Forbidden):
    """``CannotSpeak(group, why)``: moderated, banned, or from outside."""

    code = "cannot-speak"


class TooFast(CannotSpeak):
    """``TooFast(group, why)``: slow mode."""

    code = "too-fast"


class CannotReach(Forbidden):
    """``CannotReach(name, why)``: guests may not write to this one, or the text is filtered."""

    code = "cannot-reach"


class LoginRequired(Forbidden):
    """Only identities may do this."""

    code = "login-required"


class CannotWarn(Forbidden):
    """``CannotWarn(name)``: he said nothing directly of late, or was warned for it already."""

    code = "cannot-warn"


class CannotJoin(Forbidden):
    """Base of what keeps people out of a group; the argument is the group's name."""

    code = "cannot-join"


class Banned(CannotJoin):
    """On the group's ban list and on no exception."""

    code = "banned"


class InviteOnly(CannotJoin):
    """The group wants an invitation."""

    code = "invite-only"


class WrongKey(CannotJoin):
    """The group's key is missing or wrong."""

    code = "wrong-key"


class GroupFull(CannotJoin):
    """The group has as many members as it wants."""

    code = "group-full"


class TooMany(Refused):
    """``TooMany(what, limit)``."""

    code = "too-many"


class Busy(Refused):
    """A bounded queue is full; try again later."""

    code = "busy"


class StorageFull(Refused):
    """The disk is below its reserve: nothing new is taken until there is room."""

    code = "storage-full"


class AuthenticationFailed(Refused):
    """Unknown name or wrong secret; which of the two is not said."""

    code = "authentication-failed"


class InternalError(Refused):
    """A defect of the hub; the command left no trace, the log has the details."""

    code = "internal"


class StorageRefused(WordsError):
    """The storage can't be opened: ``StorageRefused(message that says what to do)``."""

    code = "storage-refused"


class ConfigError(WordsError):
    """``ConfigError(problem, ...)``: one line for each problem, with file and key."""

    code = "config"

    def __str__(self) -> str:
        return "\n".join(str(arg) for arg in self.args)
