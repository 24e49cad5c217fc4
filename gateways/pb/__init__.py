"""The Perspective Broker gateway: programs, bots and the terminal client come in here."""
