"""Limits of what an IRC client may name and write, most of them announced by ISUPPORT.

Names are limited in bytes too, so that no line that names several of them outgrows 512 bytes:
two nicks, a user, a host and a channel leave room for a reason.
"""

from __future__ import annotations

NICK_BYTES = 64
"""Bytes of a nick; NICKLEN, in characters, is the configuration's."""

CHANNEL_BYTES = 150
"""Bytes of a channel's name with its sign; 64 characters of ASCII (CHANNELLEN) are far below."""

MASK_BYTES = 150
"""Bytes of an entry of a list: beside a channel's name it fits a line."""

CHANNELS = 20
"""Channels of one JOIN, PART or NAMES (TARGMAX): a line can name 250, each a turn's work."""

REASON = 390
"""Characters of a reason (KICKLEN), as a topic by default."""

USER = 16
"""Characters of a user name; RFC 1459 had 9. USERLEN counts the tilde before it too."""

PASSWORD_BYTES = 800
"""Bytes of a password in PASS; more isn't one."""
