"""``words group``: the groups, their settings and who is in them."""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import (
    administer,
    config_option,
    json_option,
    moment,
    pages,
    print_json,
    print_rows,
    why_option,
)

name_argument = click.argument("name")


@click.group("group")
def group() -> None:
    """List, show, change and remove groups. Names are written without a sign."""


@group.command("list")
@config_option
@json_option
def list_groups(file: Path | None, as_json: bool) -> None:
    """List all groups that are kept or have members."""
    found = list(pages(file, "group-list", "name", "", {}))
    if as_json:
        print_json(found)
        return
    rows = (
        (one["name"], one["members"], "registered" if one["registered"] else "-", one["topic"])
        for one in found
    )
    print_rows(rows, ("name", "members", "", "topic"))


@group.command("show")
@name_argument
@config_option
@json_option
def show(name: str, file: Path | None, as_json: bool) -> None:
    """Say all that is known of a group."""
    one = administer(file, "group-show", name=name)
    if as_json:
        print_json(one)
        return
    settings = one["settings"]
    on = [key for key, value in settings.items() if value is True]
    members = [" ".join([member["name"], *member["roles"]]) for member in one["members"]]
    rows = [
        ("name", one["name"]),
        ("topic", one["topic"] or "none"),
        ("registered", "yes" if one["registered"] else "no"),
        ("since", moment(one["created"])),
        ("settings", ", ".join(on) or "none"),
        ("key", settings["key"] or "none"),
        ("limit", settings["limit"] or "none"),
        ("history for", settings["visibility"]),
        *((name, ", ".join(entries) or "none") for name, entries in one["lists"].items()),
        ("members", ", ".join(members) or "none"),
        ("last event", moment(one["last"])),
    ]
    print_rows(rows)


@group.command("set")
@name_argument
@click.argument("changes", nargs=-1, metavar="[SETTING[=VALUE]]...")
@config_option
@click.option("--unset", multiple=True, metavar="SETTING", help="Take back; repeatable.")
@why_option
def set_group(
    name: str, changes: tuple[str, ...], file: Path | None, unset: tuple[str, ...], why: str
) -> None:
    """Change settings: moderated, limit=50, "topic=Hello", ban=MASK; --unset key.

    Settings: topic, topic_locked, no_outside, invite_only, moderated, secret, registered_only,
    key, limit, visibility (all or since-joined), and the lists ban, except, invite.
    """
    if not changes and not unset:
        raise click.UsageError("give a SETTING or --unset")
    wanted = [_change(text, True) for text in changes] + [_change(text, False) for text in unset]
    done = administer(file, "group-set", name=name, changes=wanted, why=why)
    click.echo(f"changed {', '.join(done['changed']) or 'nothing'} of {done['name']}")


def _change(text: str, added: bool) -> dict[str, object]:
    setting, _, value = text.partition("=")
    return {"setting": setting, "value": value, "added": added}


@group.command("remove")
@name_argument
@config_option
@why_option
def remove(name: str, file: Path | None, why: str) -> None:
    """Put everybody out and forget a group's settings; what was said stays."""
    done = administer(file, "group-remove", name=name, why=why)
    click.echo(f"removed {done['name']} and its {done['members']} members")
