"""``words user``: the identities that the hub knows, and how they prove themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from words.cli.options import (
    Duration,
    administer,
    administer_with,
    ask_password,
    config_option,
    json_option,
    moment,
    pages,
    password_option,
    print_json,
    print_rows,
    why_option,
)
from words.cli.user_certificate import certificate

name_argument = click.argument("name")


@click.group("user")
def user() -> None:
    """Add, list and remove identities; works while the hub runs, too."""


@user.command("add")
@name_argument
@config_option
@password_option
@click.option("--admin", is_flag=True, help="Let it administer the hub.")
@click.option("--right", "rights", multiple=True, metavar="RIGHT", help="A right; repeatable.")
@why_option
def add(
    name: str,
    file: Path | None,
    password_stdin: bool,
    admin: bool,
    rights: tuple[str, ...],
    why: str,
) -> None:
    """Add an identity with a password."""
    given = [*rights, "admin"] if admin else list(rights)
    password = ask_password(password_stdin)
    done = administer(file, "user-add", name=name, password=password, rights=given, why=why)
    click.echo(f"added {done['name']}")


@user.command("passwd")
@click.argument("name", required=False)
@config_option
@password_option
@click.option("--reset-code", metavar="CODE", help="A code of reset-link, in place of the name.")
def passwd(
    name: str | None, file: Path | None, password_stdin: bool, reset_code: str | None
) -> None:
    """Give an identity another password."""
    if (name is None) == (reset_code is None):
        raise click.UsageError("give a NAME or --reset-code")
    password = ask_password(password_stdin)
    if reset_code is not None:
        done = administer(file, "user-reset", code=reset_code, password=password)
    else:
        done = administer(file, "user-passwd", name=name, password=password)
    click.echo(f"changed the password of {done['name']}")


@user.command("reset-link")
@name_argument
@config_option
@json_option
@click.option("--for", "seconds", type=Duration(), default=86400.0, help="How long; 24h.")
@why_option
def reset_link(name: str, file: Path | None, as_json: bool, seconds: float, why: str) -> None:
    """Make a code with which a new password can be chosen, once."""
    done = administer(file, "user-reset-link", name=name, seconds=seconds, why=why)
    if as_json:
        print_json(done)
        return
    click.echo(f"{done['code']}  for {done['name']}, once, until {moment(done['expires'])}")
    click.echo(f"use it with: words user passwd --reset-code {done['code']}")


@user.command("list")
@config_option
@json_option
def list_users(file: Path | None, as_json: bool) -> None:
    """List all identities."""
    found = list(pages(file, "user-list", "name", "", {}))
    if as_json:
        print_json(found)
        return
    print_rows((one["name"], _notes(one)) for one in found)


def _notes(one: dict[str, Any]) -> str:
    return " ".join([*one["rights"], *(["(suspended)"] if one["suspended"] else [])])


@user.command("show")
@name_argument
@config_option
@json_option
def show(name: str, file: Path | None, as_json: bool) -> None:
    """Say all that is known of an identity."""
    one = administer(file, "user-show", name=name)
    if as_json:
        print_json(one)
        return
    labels = [f"{app['label']} ({' '.join(app['scopes']) or '-'})" for app in one["app_passwords"]]
    groups = [" ".join([f"#{group['name']}", *group["roles"]]) for group in one["groups"]]
    rows = [
        ("name", one["name"]),
        ("rights", " ".join(one["rights"]) or "none"),
        ("suspended", "yes" if one["suspended"] else "no"),
        ("since", moment(one["created"])),
        ("connections", one["sessions"]),
        ("app passwords", ", ".join(labels) or "none"),
        ("certificates", len(one["certificates"])),
        ("stays in", ", ".join(groups) or "no group"),
    ]
    if one["reset_until"]:
        rows.append(("reset code until", moment(one["reset_until"])))
    print_rows(rows)


@user.command("rights")
@name_argument
@config_option
@click.option("--add", "add_rights", multiple=True, metavar="RIGHT", help="Give; repeatable.")
@click.option("--remove", "remove_rights", multiple=True, metavar="RIGHT", help="Take away.")
@why_option
def rights(
    name: str,
    file: Path | None,
    add_rights: tuple[str, ...],
    remove_rights: tuple[str, ...],
    why: str,
) -> None:
    """Say or change what an identity may administer.

    Rights: admin (everything), users, groups, history, bans, status.
    """
    if add_rights or remove_rights:
        given, taken = list(add_rights), list(remove_rights)
        done = administer(file, "user-rights", name=name, add=given, remove=taken, why=why)
    else:
        done = administer(file, "user-show", name=name)
    click.echo(f"{done['name']}: {' '.join(done['rights']) or 'no rights'}")


@user.command("suspend")
@name_argument
@config_option
@why_option
def suspend(name: str, file: Path | None, why: str) -> None:
    """Keep an identity out; its connections end. What it has stays."""
    done = administer(file, "user-suspend", name=name, why=why)
    click.echo(f"suspended {done['name']}")


@user.command("resume")
@name_argument
@config_option
@why_option
def resume(name: str, file: Path | None, why: str) -> None:
    """Let a suspended identity in again."""
    done = administer(file, "user-resume", name=name, why=why)
    click.echo(f"resumed {done['name']}")


@user.command("export")
@name_argument
@config_option
def export(name: str, file: Path | None) -> None:
    """Write all that is kept of an identity to stdout, one JSON a line."""
    import json

    from words.config import load

    config = load(file)
    page, more = 0, True
    while more:
        found = administer_with(config, "user-export", {"name": name, "page": page})
        for record in found["records"]:
            click.echo(json.dumps(record, ensure_ascii=False))
        page, more = page + 1, found["more"]


@user.command("remove")
@name_argument
@config_option
@why_option
def remove(name: str, file: Path | None, why: str) -> None:
    """Remove an identity with all its data: what it said is emptied, by and by."""
    done = administer(file, "user-remove", name=name, why=why)
    click.echo(f"removed {done['name']}")


user.add_command(certificate)


@user.group("app-password")
def app_password() -> None:
    """Passwords for programs: the login name is NAME/LABEL."""


@app_password.command("add")
@name_argument
@click.argument("label")
@config_option
@json_option
@click.option("--scope", "scopes", multiple=True, metavar="RIGHT", help="A right it may use.")
@click.option(
    "--md5",
    is_flag=True,
    help="Twisted's PB clients may use it: the hub keeps what is as good.",
)
@why_option
def app_add(
    name: str,
    label: str,
    file: Path | None,
    as_json: bool,
    scopes: tuple[str, ...],
    md5: bool,
    why: str,
) -> None:
    """Make one; it is shown once."""
    made = administer(
        file, "app-password-add", name=name, label=label, scopes=list(scopes), md5=md5, why=why
    )
    if as_json:
        print_json(made)
    else:
        click.echo(f"login {made['login']}, password {made['password']} (shown this once)")


@app_password.command("list")
@name_argument
@config_option
@json_option
def app_list(name: str, file: Path | None, as_json: bool) -> None:
    """List those of an identity."""
    found = administer(file, "app-password-list", name=name)
    if as_json:
        print_json(found)
        return
    rows = ((one["label"], moment(one["created"]), " ".join(one["scopes"])) for one in found)
    print_rows(rows, ("label", "made", "scopes"))


@app_password.command("remove")
@name_argument
@click.argument("label")
@config_option
@why_option
def app_remove(name: str, label: str, file: Path | None, why: str) -> None:
    """Revoke one; what it let in ends."""
    done = administer(file, "app-password-remove", name=name, label=label, why=why)
    click.echo(f"removed {done['name']}/{done['label']}")


@user.group("sessions")
def sessions() -> None:
    """Connections that are here."""


@sessions.command("list")
@click.argument("name", required=False)
@config_option
@json_option
def session_list(name: str | None, file: Path | None, as_json: bool) -> None:
    """List all connections, or those of one person."""
    found = [
        {key: value for key, value in one.items() if key != "key"}
        for one in pages(file, "session-list", "key", "", {"name": name or ""})
    ]
    if as_json:
        print_json(found)
        return
    columns = ("session", "name", "account", "address", "gateway", "app_password", "idle")
    print_rows(
        (["-" if one[key] in (None, "") else one[key] for key in columns] for one in found),
        [column.replace("_", " ") for column in columns],
    )


@sessions.command("end")
@name_argument
@click.argument("session", required=False)
@config_option
@click.option("--app-password", default="", metavar="LABEL", help="Those that came by this one.")
@why_option
def session_end(
    name: str, session: str | None, file: Path | None, app_password: str, why: str
) -> None:
    """End one connection of somebody, those that came by an app password, or all of them."""
    done = administer(
        file, "session-end", name=name, session=session or "", app_password=app_password, why=why
    )
    click.echo(f"ended {done['ended']} of {done['name']}")
