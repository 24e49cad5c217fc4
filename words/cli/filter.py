"""``words filter``: the hub's own filter of what people say, and what filters did."""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import (
    administer,
    config_option,
    json_option,
    moment,
    print_json,
    print_rows,
    why_option,
)

rule_argument = click.argument("rule", nargs=-1, required=True, metavar="ACTION KIND ARGUMENT")


@click.group("filter")
def filter_group() -> None:
    """Refuse what people say, everywhere: rules like kick text *casino*.

    Actions: report, drop, warn, kick, ban:1d. Kinds: text MASK, regex PATTERN (RE2's), repeat
    4/30s, crosspost 3/1m, mentions 8. A group's own rules: words group set NAME "filter=RULE".
    """


@filter_group.command("add")
@rule_argument
@config_option
@why_option
def add(rule: tuple[str, ...], file: Path | None, why: str) -> None:
    """Put a rule into the filter."""
    done = administer(file, "filter-add", target=" ".join(rule), why=why)
    click.echo(f"added {done['name']}")


@filter_group.command("list")
@config_option
@json_option
def list_rules(file: Path | None, as_json: bool) -> None:
    """List the rules."""
    found = administer(file, "filter-list")
    if as_json:
        print_json(found)
        return
    print_rows([(moment(one["created"]), one["rule"]) for one in found], ("since", "rule"))


@filter_group.command("remove")
@rule_argument
@config_option
@why_option
def remove(rule: tuple[str, ...], file: Path | None, why: str) -> None:
    """Take a rule from the filter."""
    done = administer(file, "filter-remove", target=" ".join(rule), why=why)
    click.echo(f"removed {done['name']}")


@filter_group.command("log")
@click.argument("group", default="")
@config_option
@json_option
def log(group: str, file: Path | None, as_json: bool) -> None:
    """Say what filters did in a GROUP, or without one about direct messages; the newest first."""
    found = administer(file, "filter-log", name=group)
    if as_json:
        print_json(found)
        return
    rows = [(moment(one["time"]), one["who"], one["rule"], one["text"]) for one in found]
    print_rows(rows, ("when", "who", "rule", "text"))
