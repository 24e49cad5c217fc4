"""Words: one chat hub that every kind of chat program can join."""
