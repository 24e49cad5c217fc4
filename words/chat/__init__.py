"""The chat domain: participants, groups, conversations. Knows no wire protocol."""
