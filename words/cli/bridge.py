"""``words bridge``: bridges to other networks, live. See docs/bridges.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from words.cli.options import (
    administer,
    ask_password,
    config_option,
    json_option,
    password_option,
    print_json,
    print_rows,
    why_option,
)

name_argument = click.argument("name")


@click.group("bridge")
def bridge() -> None:
    """Add bridges to other networks, link their rooms with groups, see how they are."""


@bridge.command("add")
@name_argument
@click.argument("network")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
@config_option
@why_option
def add(name: str, network: str, settings: tuple[str, ...], file: Path | None, why: str) -> None:
    """Add a bridge to a network (irc, matrix, xmpp), for example:

    words bridge add libera irc servers=irc.libera.chat:6697 nick=our-hub
    """
    table: dict[str, Any] = {}
    values: dict[str, Any] = {network: table}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"{setting} isn't KEY=VALUE")
        if key in ("people", "tell", "expire", "password_file"):
            values[key] = value
        else:
            table[key] = value
    done = administer(file, "bridge-add", name=name, settings=values, why=why)
    click.echo(f"added {done['name']}: link rooms with words bridge link {name} ROOM GROUP")


@bridge.command("remove")
@name_argument
@config_option
@why_option
def remove(name: str, file: Path | None, why: str) -> None:
    """Take a bridge down and forget all about it; what was said stays."""
    administer(file, "bridge-remove", name=name, why=why)
    click.echo(f"removed {name}")


@bridge.command("link")
@name_argument
@click.argument("room")
@click.argument("group")
@config_option
@why_option
def link(name: str, room: str, group: str, file: Path | None, why: str) -> None:
    """Make a room there and a group here one conversation."""
    administer(file, "bridge-link", name=name, room=room, group=group, why=why)
    click.echo(f"linked {room} of {name} with {group}")


@bridge.command("unlink")
@name_argument
@click.argument("room")
@config_option
@why_option
def unlink(name: str, room: str, file: Path | None, why: str) -> None:
    """End that; its people leave the group."""
    done = administer(file, "bridge-unlink", name=name, room=room, why=why)
    click.echo(f"unlinked {room} of {name} from {done['group']}")


@bridge.command("pause")
@name_argument
@config_option
@why_option
def pause(name: str, file: Path | None, why: str) -> None:
    """Disconnect, also after the next start; what is said meanwhile waits."""
    administer(file, "bridge-pause", name=name, why=why)
    click.echo(f"paused {name}")


@bridge.command("resume")
@name_argument
@config_option
@why_option
def resume(name: str, file: Path | None, why: str) -> None:
    """Connect again."""
    administer(file, "bridge-resume", name=name, why=why)
    click.echo(f"resumed {name}")


@bridge.command("password")
@name_argument
@config_option
@password_option
@why_option
def password(name: str, file: Path | None, password_stdin: bool, why: str) -> None:
    """Set the password of our account there; empty for none. Only its file has it."""
    given = ask_password(password_stdin)
    administer(file, "bridge-password", name=name, password=given, why=why)
    click.echo(f"password of {name} set")


@bridge.command("status")
@config_option
@json_option
def status(file: Path | None, as_json: bool) -> None:
    """Say of each bridge and room how it is, and how many messages wait."""
    found = administer(file, "bridge-status")
    if as_json:
        print_json(found)
        return
    rows = []
    for one in found:
        rows.append((one["name"], one["state"], "", "", ""))
        for room in one["rooms"]:
            waiting = f"{room['waiting']} waiting" if room["waiting"] else "-"
            rows.append(("", room["state"], room["room"], room["group"], waiting))
    print_rows(rows, ("bridge", "state", "room", "group", ""))
