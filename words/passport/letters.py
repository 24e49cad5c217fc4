"""Letters with a code, handed to the program that sends mail here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from words.errors import BadInput, Busy, TooLong

MAX_ADDRESS = 254  # characters; RFC 5321 4.5.3.1.3, without the angle brackets
SECONDS = 20.0
"""How long the program may take."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
)
"""What HTML calls a valid address (4.10.5.1.5), with a top-level domain; RFC 5322 allows more,
which nobody has."""


def check_address(address: str) -> None:
    """Raise `BadInput` or `TooLong` for what is no mail address."""
    if len(address) > MAX_ADDRESS:
        raise TooLong("mail address", MAX_ADDRESS)
    if not _ADDRESS.fullmatch(address):
        raise BadInput("mail address", "isn't one")


def send_code(
    command: Sequence[str], sender: str, address: str, hub: str, name: str, code: str
) -> None:
    """Send somebody the code for an account; in a thread. Raises `Busy` where that fails."""
    from email.message import EmailMessage

    letter = EmailMessage()
    letter["From"], letter["To"] = sender, address
    letter["Subject"] = f"{hub}: your code is {code}"
    letter.set_content(
        f"Somebody, you perhaps, wants to have the account {name} at {hub}.\n\n"
        f"If it was you, this is the code that makes it:\n\n    {code}\n\n"
        "It can be used within an hour. If it wasn't you, there is nothing to do.\n"
    )
    try:
        subprocess.run(
            list(command), input=letter.as_bytes(), check=True, capture_output=True, timeout=SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Busy("mail") from error
