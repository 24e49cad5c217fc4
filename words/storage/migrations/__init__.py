"""Numbered SQL files; the number of the last one is the schema's version."""
