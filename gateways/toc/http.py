"""The pages that clients ask for on the same port: HTTP/1.0, one request a connection.

No sockets: a request's bytes in, the answer's bytes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from gateways.toc.limits import HTTP_HEAD

METHODS = (b"GET ", b"HEAD ")
_LINE = re.compile(rb"(GET|HEAD) (\S{1,2000})(?: HTTP/1\.[01])?\r?\n")
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n"
)

Page = Callable[[str, dict[str, str]], str | None]
"""Returns the page at a path with these parameters, None where there is none."""


def begins(data: bytes | bytearray) -> bool:
    """Return whether this is a request for a page."""
    return data.startswith(METHODS)


def may_begin(data: bytes | bytearray) -> bool:
    """Return whether this could become one."""
    return any(method.startswith(data) for method in METHODS)


def answer(data: bytes | bytearray, page: Page) -> bytes | None:
    """Return the answer to a request, None until all of it is here."""
    if b"\r\n\r\n" not in data and b"\n\n" not in data:
        if len(data) > HTTP_HEAD:
            return _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "")
        return None
    found = _LINE.match(data)
    if found is None:
        return _response(HTTPStatus.BAD_REQUEST, "")
    method, target = bytes(found[1]), found[2].decode("latin-1")
    try:
        parts = urlsplit(target)
        given = {key: values[0] for key, values in parse_qs(parts.query, max_num_fields=10).items()}
    except ValueError:
        return _response(HTTPStatus.BAD_REQUEST, "")
    body = page(unquote(parts.path).lstrip("/"), given)
    if body is None:
        return _response(HTTPStatus.FORBIDDEN, "")
    response = _response(HTTPStatus.OK, body)
    return response if method == b"GET" else response[: response.index(b"\r\n\r\n") + 4]


def _response(status: HTTPStatus, body: str) -> bytes:
    data = (body or f"<HTML><BODY>{status.phrase}</BODY></HTML>\n").encode()
    head = f"HTTP/1.0 {status.value} {status.phrase}\r\n{_HEADERS}Content-Length: {len(data)}\r\n"
    return f"{head}\r\n".encode() + data
