"""Bridges: accounts of ours on other networks, whose rooms are linked with our groups."""
