"""``words init``: a configuration, a certificate, a storage and its first administrator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from words.cli.options import ask_password, password_option
from words.errors import ConfigError

DAYS = 3650
"""How long the certificate holds: clients that trust it have to be told of a new one."""

TEXT = """\
# What differs from the defaults; `words check-config` reads it. All settings and the reasons for
# them: the config.toml that comes with Words.

[hub]
name = {name}
network = {network}
data = {data}

# Others come by TLS; without it only from this machine.
[[irc.listen]]
address = "127.0.0.1"
port = 6667
{tls}"""

TLS = """
[[irc.listen]]
address = {address}
port = 6697
tls = {{ cert = {cert}, key = {key} }}
"""


@click.command("init")
@click.option("--config", "file", metavar="FILE", default="config.toml", show_default=True)
@click.option("--data", metavar="DIR", default="data", show_default=True, help="What is kept.")
@click.option("--name", help="How the hub is called on the wire: a host name.")
@click.option("--network", help="The name of the whole, shown by clients.")
@click.option("--admin", metavar="NAME", help="The first administrator.")
@click.option("--address", default="0.0.0.0", show_default=True, help="Where TLS listens.")
@click.option("--no-tls", is_flag=True, help="Only from this machine, without a certificate.")
@password_option
def init(
    file: str,
    data: str,
    name: str | None,
    network: str | None,
    admin: str | None,
    address: str,
    no_tls: bool,
    password_stdin: bool,
) -> None:
    """Make all that a new hub needs; asks for what no flag says. Changes nothing that is there."""
    path = Path(file)
    if path.exists():
        raise ConfigError(f"{path} is there already: it isn't written over")
    if not path.parent.is_dir():
        raise ConfigError(f"{path.parent}: there is no such folder")
    asked = sys.stdin.isatty() and not password_stdin
    name = name or _ask("Host name of the hub", "words.local", asked)
    network = network or _ask("Name of the network", "Words", asked)
    admin = admin or _ask("Name of the first administrator", "admin", asked)
    password = ask_password(password_stdin)
    folder = path.parent / data
    texts = {"name": name, "network": network, "data": data, "address": address}
    chosen: dict[str, str] = {key: json.dumps(text) for key, text in texts.items()}
    if not no_tls:
        chosen |= {key: json.dumps(f"{data}/{key}.pem") for key in ("cert", "key")}
    text = TEXT.format(tls="" if no_tls else TLS.format(**chosen), **chosen)
    _make(path, text, folder, name, no_tls, {"name": admin, "password": password})
    click.echo(f"made {path} and {admin}, who may administer the hub")
    if not no_tls:
        click.echo(f"made {folder / 'cert.pem'}, which nobody vouches for: clients will ask")
    click.echo(f"start it with: words serve --config {path}")


def _ask(question: str, default: str, asked: bool) -> str:
    return str(click.prompt(question, default=default)) if asked else default


def _make(
    path: Path, text: str, folder: Path, name: str, no_tls: bool, admin: dict[str, Any]
) -> None:
    """Make everything, the configuration last; of what can't be used nothing stays."""
    from words.admin.stopped import perform
    from words.config import load

    part = path.with_name(path.name + ".part")
    made: list[Path] = [part]
    done = False
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not no_tls:
            made += _certificate(folder, name)
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
        config = load(part)
        perform(config, "user-add", {**admin, "rights": ["admin"], "why": "words init"}, "init")
        os.link(part, path)
        done = True
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "isn't UTF-8"
        raise ConfigError(f"{getattr(error, 'filename', None) or path}: {reason}") from None
    except ConfigError as error:  # of a file that nobody has seen
        raise ConfigError(*(str(line).removeprefix(f"{part}: ") for line in error.args)) from None
    finally:
        for each in made[:1] if done else made:
            each.unlink(missing_ok=True)
        with suppress(OSError):  # it is there, or not empty
            folder.rmdir()


def _certificate(folder: Path, name: str) -> list[Path]:
    """Make a certificate that signs itself, and its key, by the program ``openssl``."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    for path in (cert, key):
        if path.exists():
            raise ConfigError(f"{path} is there already: it isn't written over")
    os.close(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", str(DAYS), "-keyout", str(key), "-out", str(cert)]
    command += ["-subj", "/CN=words", "-addext", f"subjectAltName=DNS:{name}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        done = None
    if done is None or done.returncode:
        for path in (cert, key):
            path.unlink(missing_ok=True)
        why = "openssl isn't installed" if done is None else f"openssl can't: is {name!a} a name?"
        raise ConfigError(f"no certificate: {why}. Or give --no-tls.")
    return [cert, key]
