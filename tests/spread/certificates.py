"""Certificates for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.programs import need


def make_certificate(where: Path) -> tuple[Path, Path]:
    """A key and a self-signed certificate for 127.0.0.1."""
    need("openssl")
    key, cert = where / "key.pem", where / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=alice -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return key, cert
