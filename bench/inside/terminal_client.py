"""`words chat` for a measurement: it signs on at once, with keys from a file in place of a keyring.

python -m bench.inside.terminal_client FOLDER URL NAME
"""

import sys
from pathlib import Path

from tui_client import garbage


class Keys:
    """What a keyring would give, from a file."""

    works = True

    def __init__(self, file: Path) -> None:
        self._file = file

    async def get(self, name: str) -> str | None:
        """Return the keys."""
        return self._file.read_text()

    async def put(self, name: str, secret: str) -> bool:
        """Keep nothing: they are the same."""
        return True

    async def remove(self, name: str) -> bool:
        """Keep them."""
        return False


if __name__ == "__main__":
    garbage.begin()
    from tui_client.accounts import Account
    from tui_client.app import WordsChat

    folder, url, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    account = Account(name, url)
    app = WordsChat(
        config=folder,
        state=folder,
        start=account,
        now=True,
        keyring=Keys(folder / "keys"),  # type: ignore[arg-type]
    )
    garbage.settle()
    app.run()
