"""Bots inside the hub: the same programs; what they keep and say is the hub's transaction."""
