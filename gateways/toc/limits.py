"""Limits of the TOC gateway, each with its source."""

INIT_SECONDS = 30.0
"""From SIGN_ON to toc_init_done (AOL's description of 1999)."""

CONFIG_BYTES = 2048
"""Of a list that is kept as it came: one command can't hold more."""

ARGUMENTS = 200
"""Names in one command: as many as 2,048 bytes hold of nine letters each."""

HTTP_HEAD = 8192
"""Bytes of a request for a page: what servers of the time took."""

PAGE_SECONDS = 300.0
"""How long the address of a page is good: long enough to click on it."""

PAGES = 10_000
"""Addresses of pages that are good at a time; of more the oldest end."""

TOKEN_BYTES = 12
"""Of a page's address: 96 bits nobody guesses, and gaim chokes on long ones."""

INVITATIONS = 1000
"""Texts of invitations that wait for the end of their turn."""

OFFLINE = 100
"""Messages that are told at sign-on, of each who wrote meanwhile."""

OFFLINE_PEOPLE = 50
"""People whose messages are told at sign-on."""

FOUND = 100
"""People whom one search of the directory may find; of more it says so."""
