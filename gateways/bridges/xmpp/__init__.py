"""The bridge to XMPP: an account, or a component with an address for everybody."""
