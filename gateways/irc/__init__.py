"""The IRC gateway: Modern IRC and IRCv3."""
