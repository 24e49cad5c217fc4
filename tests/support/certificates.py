"""A certificate for localhost that its own holder signed, made by openssl."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.programs import need


class Certificate(NamedTuple):
    """Files in PEM, and a context with which a client trusts them."""

    cert: Path
    key: Path
    context: ssl.SSLContext


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate; skips the test where openssl isn't installed."""
    need("openssl")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return Certificate(cert, key, ssl.create_default_context(cafile=str(cert)))
