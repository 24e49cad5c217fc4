"""What people and channels say of themselves. Source: IRCv3 draft/metadata-2."""

from __future__ import annotations

from gateways.irc.handlers.metadata import SUBSCRIPTIONS
from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Line, codes, words
from words.chat.metadata import MAX_KEYS, MAX_VALUE

CAPS = "batch draft/metadata-2 standard-replies"


def _inside(lines: list[Line], kind: str = "metadata") -> list[Line]:
    """Return what is in the one batch."""
    start, *inner, end = lines
    assert start.params[1] == kind, start.raw
    assert end.words == ("BATCH", "-" + start.params[0][1:])
    assert all(line.tags["batch"] == start.params[0][1:] for line in inner)
    return inner


def test_the_capability_tells_its_limits(crowd: Crowd) -> None:
    listed = " ".join(line.text for line in crowd.raw().ask("CAP LS 302")).split()
    assert (
        f"draft/metadata-2=before-connect,max-subs={SUBSCRIPTIONS},max-keys={MAX_KEYS},"
        f"max-value-bytes={MAX_VALUE}"
    ) in listed


def test_setting_and_reading(crowd: Crowd) -> None:
    """METADATA SET, GET, LIST; "in order", 766 for what isn't set, FAIL for what is no key."""
    ann, ben = crowd.client("ann", CAPS), crowd.client("ben", CAPS)
    assert ann.one("METADATA * SET url :https://example.com/a b").words == (
        "761", ann.nick, ann.nick, "url", "*", "https://example.com/a b",
    )  # fmt: skip
    ann.ask("METADATA * SET status :")
    start = ben.ask(f"METADATA {ann.nick} GET none status Wrong url")[0]
    assert start.params[1:] == ("metadata", ann.nick)
    inner = _inside(ben.ask(f"METADATA {ann.nick} GET none status Wrong url"))
    assert [line.words for line in inner] == [
        ("766", ben.nick, ann.nick, "none", "Key not set"),
        ("761", ben.nick, ann.nick, "status", "*", ""),
        ("FAIL", "METADATA", "KEY_INVALID", "Wrong", "Invalid key"),
        ("761", ben.nick, ann.nick, "url", "*", "https://example.com/a b"),
    ]
    inner = _inside(ben.ask(f"METADATA {ann.nick} LIST"))
    assert sorted(line.params[2] for line in inner) == ["status", "url"]
    assert ann.one("METADATA * SET url").words[:4] == ("766", ann.nick, ann.nick, "url")
    assert ann.one("METADATA * SET url").words[:5] == (
        "FAIL", "METADATA", "KEY_NOT_SET", ann.nick, "url",
    )  # fmt: skip
    assert _inside(ben.ask(f"METADATA {ben.nick} LIST")) == []


def test_refusals(crowd: Crowd) -> None:
    """Standard Replies."""
    ann, ben = crowd.client("ann", CAPS), crowd.client("ben", CAPS)
    ben.join(crowd.channel)
    for request, expected in (
        (f"METADATA {ben.nick} SET url :x", ("KEY_NO_PERMISSION", ben.nick, "url")),
        (f"METADATA {ben.nick} CLEAR", ("KEY_NO_PERMISSION", ben.nick, "*")),
        (f"METADATA {crowd.channel} SET url :x", ("KEY_NO_PERMISSION", crowd.channel, "url")),
        ("METADATA $a:user SET url :x", ("INVALID_TARGET", "$a:user")),
        ("METADATA #nowhere LIST", ("INVALID_TARGET", "#nowhere")),
        ("METADATA nobody-here GET url", ("INVALID_TARGET", "nobody-here")),
        ("METADATA * SET $url$ :x", ("KEY_INVALID", "$url$")),
        ("METADATA * SET a:b :x", ("KEY_INVALID", "a:b")),
        (f"METADATA * SET url :{'x' * 301}", ("VALUE_INVALID", "url")),
        ("METADATA * FLY", ("SUBCOMMAND_INVALID", "FLY")),
        ("METADATA *", ("SUBCOMMAND_INVALID", "*")),
        (f"METADATA {ben.nick} SUB url", ("INVALID_TARGET", ben.nick)),
        (f"METADATA {crowd.channel} SYNC", ("INVALID_TARGET", crowd.channel)),
    ):
        line = ann.one(request)
        assert line.words[:-1] == ("FAIL", "METADATA", *expected)
    assert codes(ann.ask("METADATA * GET", "METADATA * SUB", "METADATA")) == ["461"] * 3


def test_no_more_keys_than_announced(crowd: Crowd) -> None:
    """LIMIT_REACHED; a flood of keys costs the hub no more than these. CLEAR removes all."""
    ann = crowd.client("ann", CAPS)
    lines = ann.ask(*(f"METADATA * SET key{number} :x" for number in range(MAX_KEYS + 5)))
    assert codes(lines) == ["761"] * MAX_KEYS + ["FAIL"] * 5
    assert lines[-1].words[:4] == ("FAIL", "METADATA", "LIMIT_REACHED", ann.nick)
    assert codes(ann.ask("METADATA * SET key0 :other")) == ["761"]
    assert len(_inside(ann.ask("METADATA * CLEAR"))) == MAX_KEYS
    assert _inside(ann.ask("METADATA * LIST")) == []


def test_subscriptions(crowd: Crowd) -> None:
    """SUB, UNSUB, SUBS."""
    ann = crowd.client("ann", CAPS)
    assert words(ann.ask("METADATA * SUB avatar website $foo avatar bar")) == [
        ("FAIL", "METADATA", "KEY_INVALID", "$foo", "Invalid key"),
        ("770", ann.nick, "avatar", "website", "bar"),
    ]
    assert words(ann.ask("METADATA * UNSUB bar none")) == [("771", ann.nick, "bar", "none")]
    (row,) = _inside(ann.ask("METADATA * SUBS"), "metadata-subs")
    assert row.words == ("772", ann.nick, "avatar", "website")
    keys = [f"key{number}" for number in range(SUBSCRIPTIONS)]
    lines = ann.ask(*(f"METADATA * SUB {key}" for key in keys))
    assert lines[-1].words[:-1] == ("FAIL", "METADATA", "TOO_MANY_SUBS", keys[-1])
    inner = _inside(ann.ask("METADATA * SUBS"), "metadata-subs")
    assert sum(len(row.params) - 1 for row in inner) == SUBSCRIPTIONS


def test_notifications(crowd: Crowd) -> None:
    """Those who share a channel and subscribed are told, and nobody else; not who did it."""
    ann, ben, eve = crowd.inside("ann", "ben", "eve", caps=CAPS)
    plain = crowd.client("plain")
    plain.join(crowd.channel)
    far = crowd.client("far", CAPS)
    for client in (ann, ben, far):
        client.ask("METADATA * SUB status")
    for client in (eve, plain, ann):
        client.sync()
    ann.ask("METADATA * SET status :at work")
    assert words(ben.sync(), "METADATA") == [("METADATA", ann.nick, "status", "*", "at work")]
    for client in (ann, eve, plain, far):
        assert words(client.sync(), "METADATA") == []
    ann.ask("METADATA * SET status :at work")  # no change, nothing to tell
    ann.ask(f"METADATA {crowd.channel} SET status :quiet")
    ann.ask("METADATA * SET status")
    assert words(ben.sync()) == [
        ("METADATA", crowd.channel, "status", "*", "quiet"),
        ("METADATA", ann.nick, "status", "*"),
    ]


def test_who_watches_is_told(crowd: Crowd) -> None:
    """Users who monitor somebody."""
    ann, far = crowd.client("ann", CAPS), crowd.client("far", CAPS)
    far.ask(f"MONITOR + {ann.nick}", "METADATA * SUB status")
    ann.ask("METADATA * SET status :out")
    assert words(far.sync()) == [("METADATA", ann.nick, "status", "*", "out")]


def test_synchronization(crowd: Crowd) -> None:
    """On SUB, on entering a channel, and with SYNC."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    ann.ask("METADATA * SET status :out", f"METADATA {crowd.channel} SET status :quiet")
    told = {
        ("METADATA", ann.nick, "status", "*", "out"),
        ("METADATA", crowd.channel, "status", "*", "quiet"),
    }
    lines = ben.ask("METADATA * SUB status")
    assert lines[0].command == "770"
    assert {line.words for line in _inside(lines[1:])} == told
    assert {line.words for line in _inside(ben.ask(f"METADATA {crowd.channel} SYNC"))} == told
    assert len(_inside(ben.ask(f"METADATA {ann.nick} SYNC"))) == 1
    eve = crowd.client("eve", CAPS)
    eve.ask("METADATA * SUB status other")
    lines = eve.join(crowd.channel)
    start = next(place for place, line in enumerate(lines) if line.command == "BATCH")
    assert {line.words for line in _inside(lines[start:])} == told


def test_it_lasts_as_long_as_account_and_channel(crowd: Crowd) -> None:
    """An account's stays; "clients receive their metadata" when they come; what an unregistered
    channel has ends with its last member."""
    account = crowd.account("ann")
    ann = crowd.login(account, CAPS)
    ann.join(crowd.channel)
    ann.ask("METADATA * SET status :out", f"METADATA {crowd.channel} SET url :x")
    ann.quit()
    again = crowd.raw()
    again.capabilities(f"{CAPS} sasl")
    again.sasl_plain(account, "sesame street")
    lines = again.ask(f"NICK {account}", "USER u 0 * :r", "CAP END")
    greeting = codes(lines)
    place = greeting.index("BATCH")
    assert place < greeting.index("376")
    assert lines[place + 1].words == ("METADATA", account, "status", "*", "out")
    again.join(crowd.channel)
    assert _inside(again.ask(f"METADATA {crowd.channel} LIST")) == []


def test_before_connect(crowd: Crowd) -> None:
    """ "before-connect": SET and SUB before registration."""
    client = crowd.raw()
    assert codes(client.ask("METADATA * SET a :b")) == ["451"]
    client.capabilities(CAPS)
    assert client.one("METADATA * SET status :here").words == (
        "761",
        "*",
        "*",
        "status",
        "*",
        "here",
    )
    assert client.one("METADATA * SUB status").words == ("770", "*", "status")
    assert client.one("METADATA * LIST").params[1] == "INVALID_TARGET"
    nick = crowd.name("ann")
    lines = client.ask(f"NICK {nick}", "USER u 0 * :r", "CAP END")
    assert ("METADATA", nick, "status", "*", "here") in words(lines)
    ben = crowd.client("ben", CAPS)
    assert [line.words[-1] for line in _inside(ben.ask(f"METADATA {nick} LIST"))] == ["here"]


def test_values_are_told_as_they_are(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    ben.ask("METADATA * SUB status")
    value = ":\u00e4 \u2603 :x"
    ann.ask(f"METADATA * SET status :{value}")
    assert ben.sync()[-1].text == value


def test_who_watches_is_told_when_somebody_comes(crowd: Crowd) -> None:
    """ "clients SHOULD receive the current values [...] when one of their monitored users comes
    online"."""
    account = crowd.account("ann")
    ann = crowd.login(account, CAPS)
    ann.ask("METADATA * SET status :out")
    ann.quit()
    far = crowd.client("far", CAPS)
    far.ask(f"MONITOR + {account}", "METADATA * SUB status")
    crowd.login(account, CAPS)
    lines = far.sync()
    assert codes(lines)[:2] == ["730", "BATCH"]
    assert lines[2].words == ("METADATA", account, "status", "*", "out")


def test_an_auditorium_hides_who_is_in_it(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    ann.ask(f"MODE {crowd.channel} +u")
    ben.ask("METADATA * SET status :out")
    eve = crowd.client("eve", CAPS)
    eve.ask("METADATA * SUB status")
    eve.join(crowd.channel)
    assert _inside(eve.ask(f"METADATA {crowd.channel} SYNC")) == []
    ann.ask("METADATA * SUB status")
    assert len(_inside(ann.ask(f"METADATA {crowd.channel} SYNC"))) == 1


def test_what_was_set_early_yields_to_what_there_is(crowd: Crowd) -> None:
    """An account that has as many keys as there can be comes in all the same."""
    account = crowd.account("ann")
    ann = crowd.login(account, CAPS)
    ann.ask(*(f"METADATA * SET key{number} :x" for number in range(MAX_KEYS)))
    client = crowd.raw()
    client.capabilities(f"{CAPS} sasl")
    client.sasl_plain(account, "sesame street")
    client.ask("METADATA * SET one.more :x")
    lines = client.ask(f"NICK {account}", "USER u 0 * :r", "CAP END")
    assert "376" in codes(lines)
    assert len(_inside(client.ask("METADATA * LIST"))) == MAX_KEYS
