"""Who may come in: identities, their credentials, and the one way to prove them."""
