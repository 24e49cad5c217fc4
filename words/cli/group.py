"""``words group``: the groups, their settings and who is in them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from words.cli.options import (
    Duration,
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
        ("registered", _registered(one)),
        (
            "access",
            ", ".join(f"{entry[0]} {entry[1]}" for entry in one["access"].values()) or "none",
        ),
        ("since", moment(one["created"])),
        ("settings", ", ".join(on) or "none"),
        ("key", settings["key"] or "none"),
        ("limit", settings["limit"] or "none"),
        ("forwards to", settings["forward"] or "none"),
        ("slow mode", f"{settings['slow']} seconds" if settings["slow"] else "none"),
        ("history for", settings["visibility"]),
        ("messages kept", _kept(one["retention"])),
        *((name, ", ".join(entries) or "none") for name, entries in one["lists"].items()),
        ("members", ", ".join(members) or "none"),
        ("last event", moment(one["last"])),
    ]
    print_rows(rows)


def _kept(seconds: float | None) -> str:
    if seconds is None:
        return "as history.retention says"
    return f"{seconds / 86400:g} days" if seconds else "for ever"


def _registered(one: dict[str, Any]) -> str:
    if not one["registered"]:
        return "no"
    after = f", after him {one['successor']}" if one["successor"] else ""
    return f"by {one['founder_name'] or 'nobody who is known'}{after}"


@group.command("set")
@name_argument
@click.argument("changes", nargs=-1, metavar="[SETTING[=VALUE]]...")
@config_option
@click.option("--unset", multiple=True, metavar="SETTING", help="Take back; repeatable.")
@click.option(
    "--for", "seconds", type=Duration(), default=0.0, help="How long entries of lists stay."
)
@why_option
def set_group(
    name: str,
    changes: tuple[str, ...],
    file: Path | None,
    unset: tuple[str, ...],
    seconds: float,
    why: str,
) -> None:
    """Change settings: moderated, limit=50, "topic=Hello", ban=MASK; --unset key.

    Settings: topic, topic_locked, no_outside, invite_only, moderated, secret, registered_only,
    registered_speak, auditorium, op_moderated, no_queries, no_styles, strip_styles, roleplay,
    key, limit, forward (a group), slow (seconds), visibility (all or since-joined), retention (of
    messages: 30d, 0 for ever), the lists ban, except, invite, filter, role, and founder and
    successor of a registered group (a founder registers it, --unset founder lets it go).
    """
    if not changes and not unset:
        raise click.UsageError("give a SETTING or --unset")
    wanted = [_change(text, True) for text in changes] + [_change(text, False) for text in unset]
    for change in wanted[: len(changes)]:
        change["seconds"] = math.ceil(seconds)
    done = administer(file, "group-set", name=name, changes=wanted, why=why)
    click.echo(f"changed {', '.join(done['changed']) or 'nothing'} of {done['name']}")


def _change(text: str, added: bool) -> dict[str, object]:
    setting, _, value = text.partition("=")
    return {"setting": setting, "value": value, "added": added}


@group.command("access")
@name_argument
@click.argument("account", required=False)
@click.argument("role", required=False)
@config_option
@json_option
@click.option("--remove", is_flag=True, help="Take the account from the list.")
@why_option
def access(
    name: str,
    account: str | None,
    role: str | None,
    file: Path | None,
    as_json: bool,
    remove: bool,
    why: str,
) -> None:
    """Say who has which role in a registered group from joining on, or give ACCOUNT a ROLE."""
    if account is None:
        entries = list(administer(file, "group-show", name=name)["access"].values())
        if as_json:
            print_json(entries)
        else:
            print_rows(entries)
        return
    if (role is None) != remove:
        raise click.UsageError("give a ROLE or --remove")
    done = administer(file, "group-access", name=name, account=account, role=role or "", why=why)
    click.echo(f"{done['account']} is {done['role'] or 'nothing'} in {done['name']}")


@group.command("remove")
@name_argument
@config_option
@why_option
def remove(name: str, file: Path | None, why: str) -> None:
    """Put everybody out and forget a group's settings; what was said stays."""
    done = administer(file, "group-remove", name=name, why=why)
    click.echo(f"removed {done['name']} and its {done['members']} members")
