"""``words import``: accounts and groups of other servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from words.cli.options import (
    administer_with,
    config_option,
    json_option,
    print_json,
    print_rows,
)

T = TypeVar("T")
BATCH = 50  # in one request: its limit is 64 KiB


@click.group("import")
def import_group() -> None:
    """Take over accounts and groups of other servers."""


@import_group.command("ergo")
@click.argument("source", type=click.Path(path_type=Path), metavar="FILE")
@config_option
@json_option
@click.option("--codes", is_flag=True, help="Make reset codes for those without a password.")
def ergo(source: Path, file: Path | None, as_json: bool, codes: bool) -> None:
    """Take over Ergo's accounts and channels; what is here already stays as it is.

    FILE is Ergo's database (ircd.db), or the JSON that `ergo importdb` reads. Passwords come
    along where Ergo has SCRAM-SHA-256 keys for them; the others need a new one.
    """
    from words.cli.ergo import read
    from words.config import load

    config = load(file)
    accounts, channels, cut = read(source)
    if cut:
        click.echo(f"words: {source} is cut off: what came after isn't there", err=True)
    done: dict[str, list[dict[str, Any]]] = {"accounts": [], "groups": []}
    for batch in _batches(accounts):
        arguments = {"accounts": batch, "source": "ergo", "codes": codes}
        done["accounts"] += administer_with(config, "import-accounts", arguments)
    for batch in _batches(channels):
        arguments = {"channels": batch, "source": "ergo"}
        done["groups"] += administer_with(config, "import-groups", arguments)
    if as_json:
        print_json(done)
        return
    for kind, results in done.items():
        added = sum(one["result"] in ("added", "no password") for one in results)
        click.echo(f"{added} of {len(results)} {kind} added")
    rows = [
        (one["name"], one["result"], one.get("code") or one.get("why", ""))
        for one in [*done["accounts"], *done["groups"]]
        if one["result"] != "added" or "why" in one
    ]
    print_rows(rows)


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
