"""A TLS 1.3 client that says half a handshake message: no library does."""

from __future__ import annotations

import socket
import ssl
import struct
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HANDSHAKE, APPLICATION_DATA = 22, 23
KEY_UPDATE = b"\x18\x00\x00\x01"
"""The head of a message of one byte (RFC 8446 section 4.6.3)."""


def half_a_key_update(opened: socket.socket, trusted: Path, keys: Path, first: bytes) -> None:
    """Do the handshake, send ``first`` and at once the head of a KeyUpdate, without its body.

    ``trusted`` has the server's certificate; ``keys`` is a file that is written.
    """
    context = ssl.create_default_context(cafile=str(trusted))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.keylog_filename = str(keys)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            opened.sendall(outgoing.read())
            incoming.write(opened.recv(65536))
    opened.sendall(outgoing.read())
    lines = [line.split() for line in keys.read_text().splitlines()]
    secret = next(bytes.fromhex(line[2]) for line in lines if line[0] == "CLIENT_TRAFFIC_SECRET_0")
    said = _record(secret, 0, APPLICATION_DATA, first)
    opened.sendall(said + _record(secret, 1, HANDSHAKE, KEY_UPDATE))


def _record(secret: bytes, number: int, kind: int, data: bytes) -> bytes:
    """Return a record (RFC 8446 sections 5.2, 5.3, 7.3), of TLS_AES_256_GCM_SHA384."""
    inner = data + bytes([kind])
    head = struct.pack("!BHH", APPLICATION_DATA, 0x0303, len(inner) + 16)
    nonce = int.from_bytes(_expanded(secret, b"iv", 12), "big") ^ number
    sealed = AESGCM(_expanded(secret, b"key", 32)).encrypt(nonce.to_bytes(12, "big"), inner, head)
    return head + sealed


def _expanded(secret: bytes, label: bytes, length: int) -> bytes:
    label = b"tls13 " + label
    info = struct.pack("!HB", length, len(label)) + label + b"\0"
    return HKDFExpand(hashes.SHA384(), length, info).derive(secret)
