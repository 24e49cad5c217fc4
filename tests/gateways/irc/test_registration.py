"""Coming in and going. Source: Modern IRC, Connection Messages; RFC 2812 section 3.1."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, codes, words


def test_the_greeting_has_its_order(crowd: Crowd) -> None:
    """Modern IRC, Connection Registration: 001 to 004, 005, LUSERS, then MOTD or ERR_NOMOTD."""
    client = crowd.raw()
    nick = crowd.name("ann")
    lines = client.ask(f"NICK {nick}", f"USER {nick} 0 * :Ann")
    found = codes(lines)
    assert found[:5] == ["001", "002", "003", "004", "005"]
    rest = [code for code in found[5:] if code != "005"]
    assert rest == ["251", "252", "253", "254", "255", "265", "266", "375", "372", "376"]
    assert all(line.params[0] == nick and line.source == "irc.test" for line in lines)
    assert lines[0].text == f"Welcome to the Test Network, {nick}"
    assert lines[3].params[1:3] == ("irc.test", lines[1].text.rpartition(" ")[2])
    assert lines[-2].text == "- Be kind."


@pytest.mark.parametrize("order", ["NICK USER", "USER NICK", "PASS NICK USER"])
def test_any_order_of_nick_and_user(crowd: Crowd, order: str) -> None:
    nick = crowd.name("ann")
    lines = {"PASS": "PASS x", "NICK": f"NICK {nick}", "USER": "USER u 0 * :r"}
    client = crowd.raw()
    client.send(*(lines[command] for command in order.split()))
    assert client.read().words[:2] == ("001", nick)  # type: ignore[union-attr]


def test_isupport_says_what_holds(crowd: Crowd) -> None:
    """Modern IRC, RPL_ISUPPORT: at most 13 tokens in a line, each once."""
    client = crowd.client("ann")
    lines = [line for line in client.ask("VERSION") if line.command == "005"]
    assert all(len(line.params) <= 15 for line in lines)
    assert all(line.text == "are supported by this server" for line in lines)
    tokens = [token for line in lines for token in line.params[1:-1]]
    given = dict(token.partition("=")[::2] for token in tokens)
    assert len(given) == len(tokens)
    assert given["NETWORK"] == "Test"
    assert given["CASEMAPPING"] == "ascii"
    assert given["CHANTYPES"] == "#"
    assert given["PREFIX"] == "(qaohv)~&@%+"
    assert given["CHANMODES"] == "beIg,k,flW,CEMRSUcimnstu"
    assert given["NICKLEN"] == "32"
    assert given["CHANNELLEN"] == "65"
    assert given["NAMELEN"] == "150"
    assert given["TARGMAX"].split(",") == [
        "JOIN:20", "KICK:4", "NAMES:20", "NOTICE:4", "PART:20", "PRIVMSG:4", "TAGMSG:4",
        "WHOIS:1", "WHOWAS:4",
    ]  # fmt: skip
    assert given["MAXLIST"] == "b:100,e:100,I:100,g:100"
    assert (given["KEYLEN"], given["USERLEN"], given["LINELEN"]) == ("64", "17", "512")
    assert given["UTF8ONLY"] == given["KNOCK"] == given["USERIP"] == ""
    assert given["MSGREFTYPES"] == "msgid,timestamp"


@pytest.mark.parametrize("line", ["JOIN #g", "PRIVMSG x :y", "WHOIS x", "NONSENSE", "LIST"])
def test_not_registered(crowd: Crowd, line: str) -> None:
    """Modern IRC, ERR_NOTREGISTERED (451)."""
    assert crowd.raw().one(line).words[:2] == ("451", "*")


def test_no_second_registration(crowd: Crowd) -> None:
    """Modern IRC, ERR_ALREADYREGISTERED (462)."""
    client = crowd.client("ann")
    assert client.one("USER u 0 * :r").command == "462"
    assert client.one("PASS secret").command == "462"


@pytest.mark.parametrize(
    "line", ["USER", "USER u", "USER u 0 *", "USER u 0 * :", "USER  :", "PASS"]
)
def test_parameters_that_are_missing(crowd: Crowd, line: str) -> None:
    """Modern IRC, USER message: an empty user or real name is refused like a missing one."""
    assert crowd.raw().one(line).words[:3] == ("461", "*", line.split()[0])


def test_user_names_are_cleaned_and_marked(crowd: Crowd) -> None:
    """Modern IRC, USER message: a name that nobody vouches for has a tilde."""
    client = crowd.raw()
    nick = crowd.name("ann")
    client.send(f"NICK {nick}", "USER a@b!cdefghijklmnopqrstuvw 0 * :Ann of Green\x02 Gables")
    client.expect("001")
    client.sync()
    whois = client.ask(f"WHOIS {nick}")[0]
    assert whois.params[2] == "~abcdefghijklmnop"
    assert whois.text == "Ann of Green Gables"


@pytest.mark.parametrize(
    "nick",
    [
        "1ann",
        "-ann",
        "#ann",
        ":ann",
        "an n",
        "ann!x",
        "ann@x",
        "a,b",
        "a*",
        "a?",
        "a" * 33,
        "\u8a9e" * 22,
    ],
)
def test_nicks_that_are_none(crowd: Crowd, nick: str) -> None:
    """Modern IRC, Clients: what nicks can't have; ERR_ERRONEUSNICKNAME (432)."""
    for client in (crowd.raw(), crowd.client("ann")):
        answer = client.one(f"NICK :{nick}")
        assert answer.command == "432"
        assert answer.params[0] == (client.nick or "*")
        sendable = nick[0] != ":" and " " not in nick
        assert answer.params[1] == (nick if sendable else "*")


def test_nick_without_a_nick(crowd: Crowd) -> None:
    """Modern IRC, ERR_NONICKNAMEGIVEN (431)."""
    assert crowd.raw().one("NICK").command == "431"
    assert crowd.client("ann").one("NICK :").command == "431"


def test_nick_in_use(crowd: Crowd) -> None:
    """Modern IRC, ERR_NICKNAMEINUSE (433): whatever the case; another one may be tried."""
    ann = crowd.client("ann")
    late = crowd.raw()
    assert late.one(f"NICK {ann.nick.upper()}").words[:3] == ("433", "*", ann.nick.upper())
    late.send("USER u 0 * :r", f"NICK {crowd.name('ben')}")
    late.expect("001", crowd.name("ben"))
    late.sync()
    assert late.one(f"NICK {ann.nick}").words[:3] == ("433", crowd.name("ben"), ann.nick)


def test_two_that_race_for_a_nick(crowd: Crowd) -> None:
    """Nobody holds a nick before he is in."""
    first, second = crowd.raw(), crowd.raw()
    nick = crowd.name("ann")
    assert first.ask(f"NICK {nick}") == []
    assert second.ask(f"NICK {nick}") == []
    second.send("USER u 0 * :r")
    second.expect("001", nick)
    assert first.one("USER u 0 * :r").words[:3] == ("433", "*", nick)
    first.send(f"NICK {crowd.name('ben')}")
    first.expect("001", crowd.name("ben"))


def test_nick_change(crowd: Crowd) -> None:
    """Modern IRC, NICK message: told to oneself and to all who share a channel, once."""
    ann, ben = crowd.inside("ann", "ben")
    for client in (ann, ben):
        client.join(f"{crowd.channel}b")
    ben.sync()
    ann.sync()
    old = ann.nick
    for new in (crowd.name("Zoe"), crowd.name("zoe"), crowd.name("été")):
        (told,) = ann.ask(f"NICK {new}")
        (heard,) = ben.sync()
        assert told.words == heard.words == ("NICK", new)
        assert told.source == heard.source
        assert told.nick == old
        old = new
    assert ann.ask(f"NICK {crowd.name('été')}") == []
    assert ann.one("MODE ann").params[0] == crowd.name("été")


def test_quit_before_registration(crowd: Crowd) -> None:
    """Modern IRC, QUIT message: answered with ERROR, then the server closes."""
    client = crowd.raw()
    client.send("QUIT :nothing here")
    lines = client.rest()
    assert codes(lines) == ["ERROR"]
    assert "nothing here" in lines[0].text


def test_quit_is_told_once(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    for client in (ann, ben):
        client.join(f"{crowd.channel}b")
    ben.sync()
    ann.send("QUIT :so long")
    assert ann.rest()[-1].command == "ERROR"
    (line,) = ben.sync()
    assert line.words == ("QUIT", "Quit: so long")
    assert line.nick == ann.nick
    cat = crowd.client("cat")
    cat.join(crowd.channel)
    cat.quit()
    assert ben.expect("QUIT").words == ("QUIT", "Quit: ")


def test_a_lost_connection_is_a_quit(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ann.close()
    assert ben.expect("QUIT").nick == ann.nick


def test_what_came_before_the_end_is_done(crowd: Crowd) -> None:
    """A client that sends and closes its side at once is still heard."""
    ann, ben = crowd.inside("ann", "ben")
    ann.send(f"PRIVMSG {crowd.channel} :last words")
    ann.socket.shutdown(1)
    assert ben.expect("PRIVMSG").text == "last words"
    assert ben.expect("QUIT").nick == ann.nick
    assert ann.rest()[-1].command == "ERROR"


def test_ping(crowd: Crowd) -> None:
    """Modern IRC, PING message: the token comes back, also before registration."""
    for client in (crowd.raw(), crowd.client("ann")):
        client.send("PING :a b")
        assert client.read().words == ("PONG", "irc.test", "a b")  # type: ignore[union-attr]
        client.send("PING")
        assert client.read().command in ("409", "461")  # type: ignore[union-attr]
        assert client.ask("PONG :x") == []


def test_unknown_commands(crowd: Crowd) -> None:
    """Modern IRC, ERR_UNKNOWNCOMMAND (421)."""
    client = crowd.client("ann")
    assert client.one("FLY me").words == ("421", client.nick, "FLY", "Unknown command")
    assert client.one("x" * 400).command == "421"


def test_pass_logs_in(crowd: Crowd) -> None:
    """Many clients know PASS and no SASL: ``account:password``, or the password of the nick's."""
    account = crowd.account("ann")
    for given in (f"{account}:{PASSWORD}", PASSWORD):
        client = crowd.raw()
        client.send(f"PASS :{given}", f"NICK {account}", "USER u 0 * :r")
        assert client.expect("001").params[0] == account
        assert words(client.ask(f"WHOIS {account}"), "330")[0][:4] == (
            "330", account, account, account,
        )  # fmt: skip
        client.quit()
    client = crowd.raw()
    client.send(f"PASS :{account}:{PASSWORD}", f"NICK {crowd.name('zoe')}", "USER u 0 * :r")
    client.expect("001")
    client.sync()
    assert words(client.ask(f"WHOIS {crowd.name('zoe')}"), "330")[0][3] == account


@pytest.mark.parametrize("given", ["{}:wrong", "wrong", "nobody:wrong"])
def test_pass_that_is_wrong(crowd: Crowd, given: str) -> None:
    """Modern IRC, ERR_PASSWDMISMATCH (464), and the connection ends."""
    account = crowd.account("ann")
    client = crowd.raw()
    client.send(f"PASS :{given.format(account)}", f"NICK {account}", "USER u 0 * :r")
    assert codes(client.rest()) == ["464", "ERROR"]


def test_nicks_of_accounts_are_theirs(crowd: Crowd) -> None:
    """An identity's name is nobody else's, whether it is here or not."""
    account = crowd.account("ann")
    client = crowd.raw()
    client.send(f"NICK {account}", "USER u 0 * :r")
    text = "Nickname belongs to an account: log in to use it"
    assert client.expect("433").params == ("*", account, text)
    guest = crowd.client("guest")
    assert guest.one(f"NICK {account.upper()}").words[::3] == ("433", text)
    assert guest.one(f"NICK {crowd.client('ben').nick}").text == "Nickname is already in use"


def _whois(client: Client, nick: str) -> dict[str, tuple[str, ...]]:
    return {line.command: line.params for line in client.ask(f"WHOIS {nick}")}


def test_two_clients_on_one_account(crowd: Crowd) -> None:
    """They are one person: one nick, the same channels, and each hears what the other says."""
    account = crowd.account("ann")
    first = crowd.login(account)
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    first.join(crowd.channel)
    ben.sync()
    second = crowd.raw().register(account, password=PASSWORD)
    assert ben.sync() == []
    assert any("JOIN" in line for line in second.log)
    assert any(" 366 " in line for line in second.log)
    assert first.ask(f"PRIVMSG {crowd.channel} :from one of me") == []
    (line,) = second.sync()
    assert line.words == ("PRIVMSG", crowd.channel, "from one of me")
    assert line.nick == account
    second.ask(f"PRIVMSG {ben.nick} :to you")
    (line,) = first.sync()
    assert line.words == ("PRIVMSG", ben.nick, "to you")
    assert words(ben.sync())[-1] == ("PRIVMSG", ben.nick, "to you")
    ben.ask(f"PRIVMSG {account} :both")
    assert first.sync()[0].words == second.sync()[0].words == ("PRIVMSG", account, "both")
    second.quit()
    assert ben.ask(f"WHOWAS {account}")[0].command == "406"
    assert first.ask(f"PRIVMSG {crowd.channel} :still here") == []
    assert ben.sync()[0].text == "still here"
    first.quit()
    assert codes(ben.sync()) == ["QUIT"]


def test_all_who_share_a_channel_are_told_of_a_quit_once(crowd: Crowd) -> None:
    """After what was said before it, wherever that was; and what others do in the same moment
    comes as it happened."""
    ann, ben, cat, dan = (crowd.client(name) for name in ("ann", "ben", "cat", "dan"))
    small, large = f"{crowd.channel}s", f"{crowd.channel}l"
    for client, channels in ((dan, large), (ben, f"{small},{large}"), (cat, small)):
        client.ask(f"JOIN {channels}")
    ann.ask(f"JOIN {small},{large}")
    for client in (ben, cat, dan):
        client.sync()
    ann.send(f"PRIVMSG {small} :one", f"PRIVMSG {large} :two", f"PRIVMSG {small} :three", "QUIT")
    ann.rest()
    for client, texts in (
        (ben, ["one", "two", "three"]), (cat, ["one", "three"]), (dan, ["two"]),
    ):  # fmt: skip
        lines = client.sync()
        assert [line.text for line in lines[:-1]] == texts
        assert (lines[-1].command, lines[-1].nick) == ("QUIT", ann.nick)
