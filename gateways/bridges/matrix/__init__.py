"""The bridge to Matrix: a user or an application service with ghosts. See docs/bridges.md."""
