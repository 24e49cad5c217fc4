"""The chat client: a connection that stays, and a stream of events without holes.

    async with Client("pb://127.0.0.1:8787", Login("alice", password)) as client:
        await client.chat.join("lobby")
        await client.chat.say("lobby", "hello")
        async for heard in client:
            print(heard)

Imports the spread library, the published surface and the vocabulary, and nothing of the hub.
"""

from words.client.client import Client, Step
from words.client.keys import Keyring, MemoryKeys
from words.client.notices import Disconnected, Gap, Item, Offline, Online, Removed
from words.client.own import Own
from words.client.signon import Guest, KeyStore, Login
from words.remote.happenings import Heard

__all__ = [
    "Client",
    "Disconnected",
    "Gap",
    "Guest",
    "Heard",
    "Item",
    "KeyStore",
    "Keyring",
    "Login",
    "MemoryKeys",
    "Offline",
    "Online",
    "Own",
    "Removed",
    "Step",
]
