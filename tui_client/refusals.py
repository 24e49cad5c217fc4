"""What the hub refuses, as a sentence for whoever asked; `words.errors` has names and numbers."""

from __future__ import annotations

from words import errors

SENTENCES: dict[type[errors.WordsError], str] = {
    errors.AlreadyMember: "{0} is in #{1} already",
    errors.BadName: "The name {0}",
    errors.Banned: "You are banned from #{0}",
    errors.Busy: "The hub is busy: try again in a moment",
    errors.CannotReach: "{0} can't be reached: {1}",
    errors.CannotSpeak: "You can't speak in #{0}: {1}",
    errors.CannotStore: "That can't be kept: {0}",
    errors.CannotWarn: "You can't warn {0}: he said nothing to you of late, or was warned for it",
    errors.Forbidden: "You may not do that: {0}",
    errors.GroupFull: "#{0} is full",
    errors.InternalError: "The hub failed at that; its log has the details",
    errors.InviteOnly: "#{0} is for those who were invited",
    errors.LoginRequired: "Guests can't do that: sign on with an account",
    errors.NameTaken: "The name {0} is taken",
    errors.NeedsRight: "In #{1} that needs a right you don't have: {0}",
    errors.NoSuchGroup: "There is no group #{0}",
    errors.NoSuchMessage: "That message isn't kept any more",
    errors.NoSuchParticipant: "There is nobody called {0}",
    errors.NotFound: "Not found: {0}",
    errors.NotMember: "{0} isn't in #{1}",
    errors.StorageFull: "The hub has no room left on its disk: nothing new is taken",
    errors.TooLong: "Too long: {0}, at most {1}",
    errors.TooMany: "Too many: {0}, at most {1}",
    errors.WrongKey: "#{0} wants a key: /join {0} KEY",
}
"""By what the class says of its arguments."""


def sentence(error: Exception) -> str:
    """Return what to tell; the error's own text where it has other arguments than it should."""
    for kind in type(error).__mro__:
        said = SENTENCES.get(kind)
        if said is not None:
            try:
                return said.format(*error.args)
            except IndexError:
                break
    said = str(error)
    return said[:1].upper() + said[1:] if isinstance(error, errors.BadInput) else said
