"""The bridge to IRC networks: a client on our own codec. See docs/bridges.md."""
