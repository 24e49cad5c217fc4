"""``words user``: the identities that the hub knows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from words.cli.options import (
    administer,
    administer_with,
    config_option,
    json_option,
    print_json,
)

stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group("user")
def user() -> None:
    """Add, list and remove identities; works while the hub runs, too."""


@user.command("add")
@click.argument("name")
@config_option
@stdin_option
def add(name: str, file: Path | None, password_stdin: bool) -> None:
    """Add an identity with a password."""
    password = _password(password_stdin)
    done = administer(file, "user-add", name=name, password=password)
    click.echo(f"added {done['name']}")


@user.command("passwd")
@click.argument("name")
@config_option
@stdin_option
def passwd(name: str, file: Path | None, password_stdin: bool) -> None:
    """Give an identity another password."""
    password = _password(password_stdin)
    done = administer(file, "user-passwd", name=name, password=password)
    click.echo(f"changed the password of {done['name']}")


@user.command("list")
@config_option
@json_option
def list_users(file: Path | None, as_json: bool) -> None:
    """List all identities."""
    from words.config import load

    config = load(file)
    found: list[dict[str, Any]] = []
    while page := administer_with(
        config, "user-list", {"after": found[-1]["name"] if found else ""}
    ):
        found += page
    if as_json:
        print_json(found)
        return
    width = max((len(one["name"]) for one in found), default=0)
    for one in found:
        notes = [*one["rights"], *(["(suspended)"] if one["suspended"] else [])]
        click.echo(f"{one['name']:<{width}}  {' '.join(notes)}".rstrip())


@user.command("remove")
@click.argument("name")
@config_option
def remove(name: str, file: Path | None) -> None:
    """Remove an identity, its connections and its memberships; what it said stays."""
    done = administer(file, "user-remove", name=name)
    click.echo(f"removed {done['name']}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("give --password-stdin where there is no terminal to ask at")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
