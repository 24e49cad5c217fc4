"""Words: one chat hub that every kind of chat program can join."""

__version__ = "0.1.0"
