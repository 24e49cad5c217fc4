"""``words user certificate``: the TLS certificates by which programs of an identity log in."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import click

from words.cli.options import administer, config_option, why_option
from words.errors import BadInput


@click.group("certificate")
def certificate() -> None:
    """Certificates of clients that prove an identity; `words user show` lists them."""


@certificate.command("add")
@click.argument("name")
@click.argument("shown", metavar="FINGERPRINT|FILE")
@config_option
@why_option
def add(name: str, shown: str, file: Path | None, why: str) -> None:
    """Let a certificate prove who NAME is: its SHA-256 in hexadecimal, or a PEM file."""
    digest = _fingerprint(shown)
    done = administer(file, "certificate-add", name=name, fingerprint=digest, why=why)
    click.echo(f"added {done['fingerprint']} to {done['name']}")


@certificate.command("remove")
@click.argument("name")
@click.argument("shown", metavar="FINGERPRINT|FILE")
@config_option
@why_option
def remove(name: str, shown: str, file: Path | None, why: str) -> None:
    """Forget a certificate."""
    digest = _fingerprint(shown)
    done = administer(file, "certificate-remove", name=name, fingerprint=digest, why=why)
    click.echo(f"removed {done['fingerprint']} from {done['name']}")


def _fingerprint(shown: str) -> str:
    path = Path(shown)
    if not path.is_file():
        return shown
    try:
        text = path.read_text("ascii")
        start = text.index(ssl.PEM_HEADER)
        end = text.index(ssl.PEM_FOOTER, start) + len(ssl.PEM_FOOTER)
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[start:end])).hexdigest()
    except (OSError, ValueError):
        raise BadInput(shown, "has no certificate in PEM") from None
