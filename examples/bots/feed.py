"""Feed: says in a group what is new in RSS and Atom feeds, each thing once."""

from xml.etree import ElementTree

import aiohttp

from words.bot import Bot, CommandError, Message, every, needs

bot = Bot("feed")

LARGEST = 1 << 20  # bytes of a feed
REMEMBERED = 500  # entries of a feed that are known to have been told
AT_ONCE = 5  # entries told at once: the rest comes next time
ATOM = "{http://www.w3.org/2005/Atom}"


@bot.command
@needs(owner=True)
async def add(message: Message, url: str) -> None:
    """Tell this group what is new at an address."""
    if not url.startswith(("http://", "https://")):
        raise CommandError("That is no address of a feed.")
    entries = await read(url)
    feed = {"group": message.group.name, "known": [key for key, _ in entries][-REMEMBERED:]}
    await bot.store.put(f"feed/{url}", feed)
    await message.reply(f"I follow it; {len(entries)} entries are old.")


@bot.command
@needs(owner=True)
async def remove(message: Message, url: str) -> None:
    """Follow a feed no more."""
    if await bot.store.get(f"feed/{url}") is None:
        raise CommandError("I don't follow that.")
    await bot.store.delete(f"feed/{url}")
    await message.reply("I follow it no more.")


@bot.command
async def feeds(message: Message) -> None:
    """List what is followed."""
    found = [key.removeprefix("feed/") for key, _ in await bot.store.items("feed/")]
    await message.reply("\n".join(found) or "I follow nothing.")


@every("5m")
async def look() -> None:
    """Look what is new. To fetch twice does no harm; to say twice is what can't happen."""
    for key, feed in await bot.store.items("feed/"):
        try:
            entries = await read(key.removeprefix("feed/"))
        except CommandError:
            continue  # not there just now
        known = set(feed["known"])
        new = [(id, text) for id, text in entries if id not in known][:AT_ONCE]
        for id, text in new:
            await bot.group(feed["group"]).say(text)
            feed["known"].append(id)
        if new:
            feed["known"] = feed["known"][-REMEMBERED:]
            await bot.store.put(key, feed)


async def read(url: str) -> list[tuple[str, str]]:
    """Return (id, title and link) of a feed's entries, the oldest first; raises `CommandError`."""
    try:
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            if (answer.content_length or 0) > LARGEST:
                raise CommandError("That is too large for a feed.")
            root = ElementTree.fromstring(await answer.read())
    except (aiohttp.ClientError, TimeoutError, ElementTree.ParseError) as error:
        raise CommandError(f"That can't be read: {error or type(error).__name__}") from None
    found = [*root.iter("item"), *root.iter(f"{ATOM}entry")]
    return [_entry(each) for each in reversed(found)]


def _entry(entry: ElementTree.Element) -> tuple[str, str]:
    link = entry.findtext("link") or ""
    for each in entry.iter(f"{ATOM}link"):
        link = each.get("href", "")
    title = entry.findtext("title") or entry.findtext(f"{ATOM}title") or "(no title)"
    id = entry.findtext("guid") or entry.findtext(f"{ATOM}id") or link or title
    return id.strip(), f"{' '.join(title.split())[:300]} {link.strip()[:500]}".strip()


bot.run()
