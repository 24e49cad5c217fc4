"""``words history``: what was said and done, and by whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from words.cli.options import (
    Moment,
    administer,
    administer_with,
    config_option,
    json_option,
    moment,
    print_json,
    print_rows,
    why_option,
)

LATEST = 2**62

since_option = click.option("--since", type=Moment(), default=0, help="2026-01-31, or 7d ago.")
until_option = click.option("--until", type=Moment(), default=LATEST, help="The same.")


@click.group("history")
def history() -> None:
    """Export, search and redact what was said; see what administrators did."""


@history.command("export")
@click.argument("group", required=False)
@config_option
@click.option("--between", nargs=2, metavar="NAME NAME", help="Two identities' direct messages.")
@since_option
@until_option
@click.option("--text", "as_text", is_flag=True, help="Lines for people, not one JSON a line.")
def export(
    group: str | None,
    file: Path | None,
    between: tuple[str, str] | None,
    since: int,
    until: int,
    as_text: bool,
) -> None:
    """Write the history of a group, or of two people, to stdout."""
    if (group is None) == (between is None):
        raise click.UsageError("give a GROUP or --between")
    arguments = {
        "group": group or "",
        "people": list(between or ()),
        "since": since,
        "until": until,
        "happenings": not as_text,
    }
    for event in _events(file, arguments):
        if as_text:
            print_rows([_line(event)])
        else:
            click.echo(json.dumps(event, ensure_ascii=False))


def _events(file: Path | None, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from words.config import load

    config = load(file)
    after = 0
    while page := administer_with(config, "history-page", {**arguments, "after": after}):
        yield from page
        after = page[-1]["sequence"]


def _line(event: dict[str, Any]) -> tuple[str, str, str]:
    return moment(event["time"]), event["actor"]["name"], event.get("text", "")


@history.command("search")
@click.argument("text")
@config_option
@json_option
@click.option("--group", default="", metavar="GROUP", help="In this group only.")
@click.option("--person", default="", metavar="NAME", help="In somebody's direct messages only.")
@click.option("--author", default="", metavar="NAME", help="Said by this name or account.")
@since_option
@until_option
@click.option("--limit", default=50, show_default=True, help="At most so many, the newest.")
def search(text: str, file: Path | None, as_json: bool, limit: int, **where: Any) -> None:
    """Find messages by their words; "a phrase" in quotes, a beginning as word*."""
    found = administer(file, "history-search", text=text, limit=limit, **where)
    if as_json:
        print_json(found)
    else:
        rows = (
            (one["msgid"], moment(one["time"]), one["where"], one["actor"]["name"], one["text"])
            for one in found["found"]
        )
        print_rows(rows, ("id", "time", "where", "who", "text"))
    if not found["complete"]:
        click.echo("words: there was no time to look at everything", err=True)


@history.command("redact")
@click.argument("msgid")
@config_option
@why_option
def redact(msgid: str, file: Path | None, why: str) -> None:
    """Take a message back for everybody; its id is what search and export show."""
    done = administer(file, "history-redact", name=msgid, why=why)
    click.echo(f"redacted {done['name']}")


@history.command("acts")
@config_option
@json_option
@click.option("--limit", default=50, show_default=True, help="At most so many, the newest.")
def acts(file: Path | None, as_json: bool, limit: int) -> None:
    """List what administrators did, the newest first."""
    found = administer(file, "acts", limit=limit)
    if as_json:
        print_json(found)
        return
    rows = (
        (moment(one["time"]), one["who"], one["verb"], one["what"], one["why"]) for one in found
    )
    print_rows(rows, ("time", "who", "did", "to", "why"))
