"""What a bot's handler may raise to say no, and what it may be told itself."""

from __future__ import annotations

from words.errors import WordsError


class CommandError(WordsError):
    """The person did something wrong: nothing of what the handler did counts, and he is told this.

    Any other exception is told to the bot's owners, and to the person that there was one.
    """

    code = "command-error"


class UsageError(CommandError):
    """A command was called with arguments that it can't read."""

    code = "usage"


class NoAnswer(CommandError):
    """Nobody answered what was asked."""

    code = "no-answer"


class Overtaken(CommandError):
    """What was read after a question has changed meanwhile, so the rest can't count."""

    code = "overtaken"


class Again(BaseException):
    """Something that the handler read has changed since: it is called again. Not to be caught."""
