"""glyph by IRC, sean by TOC, moshe by PB: one group, one order, the same contacts."""

from __future__ import annotations

import asyncio

from tests.support.hub import HubProcess
from tests.support.irc import Client as IrcClient
from tests.support.toc import TocClient
from words.client import Client, Heard, Login
from words.events import PresenceChanged, Said, Warned

PASSWORD = "correct horse"
SECONDS = 10.0


async def until(client: Client, kind: type, text: str = "") -> Heard:
    """Return the next thing of this kind that a PB client hears."""
    async with asyncio.timeout(SECONDS):
        async for item in client:
            found = isinstance(item, Heard) and isinstance(item.event, kind)
            if isinstance(item, Heard) and found and text in ("", getattr(item.event, "text", "")):
                return item
    raise EOFError


async def test_one_group_over_three_gateways(hub: HubProcess) -> None:
    for name in ("glyph", "sean", "moshe"):
        hub.add_user(name, PASSWORD)
    glyph = IrcClient(hub.irc_port).register("glyph", password=PASSWORD)
    sean = TocClient(hub.toc_port).sign_on("sean", PASSWORD)
    async with Client(hub.pb_url, Login("moshe", PASSWORD)) as moshe:
        glyph.join("#lounge")
        number = sean.join("lounge")
        await moshe.chat.join("lounge")
        assert sean.sync() == [f"CHAT_UPDATE_BUDDY:{number}:T:moshe"]
        glyph.sync()

        sean.ask("toc_chat_send", number, "<B>one</B>")
        await moshe.chat.say("lounge", "two <2>")
        glyph.ask("PRIVMSG #lounge :three")
        heard = [(await until(moshe, Said)).event for _ in range(3)]
        assert [each.text for each in heard if isinstance(each, Said)] == [
            "one",
            "two <2>",
            "three",
        ]
        sean.sync()
        said = [each for each in sean.log if each.startswith("CHAT_IN")]
        assert said == [
            f"CHAT_IN:{number}:sean:F:<B>one</B>",
            f"CHAT_IN:{number}:moshe:F:two &lt;2&gt;",
            f"CHAT_IN:{number}:glyph:F:three",
        ]

        # A contact that is added by TOC is there in PB, and is told of there.
        sean.ask("toc_add_buddy", "moshe")
        await moshe.chat.put_contact("Friends", "sean")
        sean.ask("toc_set_away", "lunch")
        gone = (await until(moshe, PresenceChanged)).event
        assert isinstance(gone, PresenceChanged)
        assert gone.away == "lunch"
        await moshe.chat.set_away("tea")
        assert sean.expect("UPDATE_BUDDY:moshe:T:").endswith(": OU")

        # Direct talk and a warning for it.
        await moshe.chat.say_to("sean", "psst")
        assert sean.expect("IM_IN:") == "IM_IN:moshe:F:psst"
        sean.ask("toc_evil", "moshe", "norm")
        warned = (await until(moshe, Warned)).event
        assert isinstance(warned, Warned)
        assert warned.level == 10

        # Denied by PB: unseen and unreachable by TOC.
        await moshe.chat.deny("sean")
        assert sean.expect("UPDATE_BUDDY:moshe:F:") == "UPDATE_BUDDY:moshe:F:0:0:0:   "
        assert sean.send_im("moshe", "why?") == ["ERROR:901:moshe"]
    glyph.close()
    sean.close()


async def test_contacts_are_the_same_by_toc_and_pb(hub: HubProcess) -> None:
    for name in ("sean", "moshe"):
        hub.add_user(name, PASSWORD)
    with TocClient(hub.toc_port).sign_on("sean", PASSWORD, "toc2_login") as sean:
        sean.ask("toc2_new_buddies", "{g:Pals\nb:moshe:Mo\n}")
        async with Client(hub.pb_url, Login("sean", PASSWORD)) as other:
            circles = await other.chat.contacts()
            assert [(each.name, each.alias) for each in circles["Pals"]] == [("moshe", "Mo")]
            await other.chat.put_contact("Pals", "glyph")
            assert sean.expect("INSERTED2") == "INSERTED2:b::glyph:Pals"
