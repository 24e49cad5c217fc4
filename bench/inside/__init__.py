"""Probes of our own parts, and of the hub with much behind it: no peer, a process each."""
