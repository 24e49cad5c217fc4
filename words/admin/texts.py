"""What a refusal says to an administrator: one line."""

from __future__ import annotations

from words.errors import WordsError
from words.logs import printable

_TEXTS = {
    "authentication-failed": "no such code, or it is used or expired",
    "bad-input": "{0}: {1}",
    "bad-name": '"{0}" can\'t be a name: it {1}',
    "busy": "the hub is busy ({0}); try again",
    "internal": "the hub failed at this; its log says why",
    "name-taken": "the name {0} is taken",
    "no-such-group": "there is no group {0}",
    "no-such-message": "there is no message {0}",
    "not-found": "there is no {0}",
    "storage-full": "the disk is fuller than storage.reserve allows: nothing new is stored",
    "too-many": "no more than {1} {0}",
    "too-long": "{0} is too long: at most {1}",
    "unsettled": "the storage can't be written just now: {0}",
}


def explain(error: WordsError) -> str:
    """Return the line; where there is no better one, what the error itself says.

    (That of `ConfigError` has a line for each problem.)
    """
    template = _TEXTS.get(error.code)
    if template is None:
        return printable(str(error))
    try:
        return printable(template.format(*error.args)).replace("\n", "\\n")
    except IndexError:
        return printable(str(error))
