"""What most programs need, under one name: `from words.spread import pb`."""

from words.spread.broadcast import broadcast
from words.spread.broker import Broker
from words.spread.client import connect, log_in
from words.spread.credentials import Anonymous, AppPassword, Certificate, Password
from words.spread.errors import (
    CallTimeout,
    ConnectionLost,
    DeadReference,
    Error,
    InsecureJelly,
    JellyError,
    ProtocolError,
    RemoteError,
    SpreadError,
    TooLarge,
    Unauthorized,
)
from words.spread.flavors import (
    Cacheable,
    Copyable,
    Observer,
    Perspective,
    Referenceable,
    RemoteCache,
    RemoteCopy,
    Root,
    Viewable,
    published,
)
from words.spread.interface import Interface, typed
from words.spread.limits import Limits
from words.spread.login import Authenticator, LoginRoot, Proven
from words.spread.paging import Collector, get_all_pages, send_pages
from words.spread.references import RemoteReference
from words.spread.registry import Registry
from words.spread.server import serve

__all__ = [
    "Anonymous", "AppPassword", "Authenticator", "Broker", "Cacheable", "CallTimeout",
    "Certificate", "Collector", "ConnectionLost", "Copyable", "DeadReference", "Error",
    "InsecureJelly", "Interface", "JellyError", "Limits", "LoginRoot", "Observer", "Password",
    "Perspective", "ProtocolError", "Proven", "Referenceable", "Registry", "RemoteCache",
    "RemoteCopy", "RemoteError", "RemoteReference", "Root", "SpreadError", "TooLarge",
    "Unauthorized", "Viewable", "broadcast", "connect", "get_all_pages", "log_in", "published",
    "send_pages", "serve", "typed",
]  # fmt: skip
