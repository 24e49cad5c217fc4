"""Whatever is asked of a published verb, by whomever: an answer or a clear refusal, and no more.

One table walks over all verbs; what else a hostile peer may try stands below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.pb.peer import ROOT, Calls, Failed, Peer, Raw, jellied
from tests.gateways.pb.stock import app_password
from tests.support.hub import HubProcess
from words.admin.client import ask
from words.admin.verbs import VERBS
from words.remote.chat import Chat
from words.remote.table import Verb
from words.spread import banana

PASSWORD = "correct horse"

USUAL: dict[str, Any] = {
    "group": "lobby",
    "person": "bob",
    "text": "hi",
    "name": "lobby",
    "circle": "Friends",
    "message": 1,
    "changes": [["topic_locked", "", True]],
    "tags": {"+draft/x": "y"},
    "upto": 1,
    "seconds": 5,
    "mode": "all",
}
"""Arguments of verbs that need some; "x" for the rest."""

DEEP: Any = [b"list", 0]
for _ in range(150):
    DEEP = [b"list", DEEP]

ODD: list[Any] = [
    None,
    True,
    -1,
    2**63,
    -(2**64),
    2**400,
    float("nan"),
    float("-inf"),
    b"bytes",
    "",
    "lobby",
    "nobody at all",
    "#lobby,x:y@z\x07",
    "a\nb\r\nQUIT\x00",
    "\u202e\u2028e" + "\u0315\u0300" * 1000,
    "x" * 20_000,
    "\ud800",
    [],
    [[["x"]]],
    [["ban", "*!*@*", True], ["filter", "drop regex (", True, 2**70]],
    [0] * 2000,
    {},
    {"a": {"b": 1}, "+draft/x": "y"},
    {1: 2},
    Raw([b"remote", 77]),
    Raw([b"local", 1]),
    Raw([b"local", 9999]),
    Raw([b"lcache", 5]),
    Raw([b"cached", 5]),
    Raw([b"decimal", 10**50, 6000]),
    Raw([b"datetime", b"9999 99 99 9 9 9 9"]),
    Raw([b"class", b"os.system"]),
    Raw([b"words.errors.WordsError", [b"dictionary"]]),
    Raw([b"reference", 1, [b"list", [b"dereference", 1]]]),
    Raw(DEEP),
]
A_FEW = [None, 2**63, "nobody at all", "x" * 20_000, [[["x"]]], Raw([b"remote", 77])]

UNREAD = (
    *("twisted.spread.pb.Error", "twisted.spread.jelly.InsecureJelly"),
    *("twisted.spread.flavors.NoSuchMethod", "twisted.cred.error.UnauthorizedLogin"),
    "builtins.TypeError",
)
"""What the library itself refuses with, as stock does."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub that slows nobody and knows alice, bob and carol."""
    folder: Path = tmp_path_factory.mktemp("house")
    hub = HubProcess(folder, {"limits": {"flood": {"burst": 10**9}}}).start()
    for name in ("alice", "bob", "carol"):
        hub.add_user(name, PASSWORD)
    yield hub
    hub.kill()


def strange(row: Verb, odd: list[Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield what a verb may be called with, and wasn't made for."""
    parameters = list(row.signature.parameters.values())
    usual = {
        each.name: USUAL.get(each.name, "x") for each in parameters if each.default is each.empty
    }
    for each in parameters:
        for value in odd:
            yield (), {**usual, each.name: value}
    yield (), usual
    yield (), {**usual, "mood": "merry"}
    yield (), {**usual, "x" * 20_000: 1}
    yield (1,) * 30, {}
    yield ("lobby",), {"group": "lobby"}


def judge(verb: str, result: Any, most: int = 600) -> None:
    """Check that a refusal says what it is and nothing of the hub's inside."""
    if not isinstance(result, Failed):
        return
    refused = result.type.startswith("words.") and result.type != "words.InternalError"
    unread = result.type in UNREAD
    assert refused or (unread and result.text != "internal error"), (verb, result)
    assert len(result.text) <= most, (verb, result)
    for inner in ("Traceback", "/words/", "Perspective", "RemoteReference", "object at 0x"):
        assert inner not in result.text, (verb, result)


@pytest.mark.parametrize(("who", "odd"), [("guest", A_FEW), ("alice/pb", ODD)])
def test_every_verb_with_everything(house: HubProcess, who: str, odd: list[Any]) -> None:
    port = house.pb_ports[0]
    with Peer(port) as peer, Peer(port) as other:
        me = peer.guest() if who == "guest" else peer.login(who, app_password(house, "alice"))
        bystander = other.guest()
        sent = 0
        for row in Chat.verbs.values():
            peer.call(me, "join", "lobby")
            calls: Calls = [(me, row.name, args, kw) for args, kw in strange(row, odd)]
            sent += sum(Raw([b"remote", 77]) in kw.values() for _, _, _, kw in calls)
            for number in peer.send_all(calls):
                judge(row.name, peer.wait(number))
            assert other.call(bystander, "ping") > 0
        peer.call(me, "ping")
        assert peer.others.count([b"decref", 77]) == sent  # nothing is kept
    assert "Traceback" not in house.log


def test_every_verb_of_the_admin_service(house: HubProcess) -> None:
    admin = house.data / "admin.sock"
    for name in ("root", "dora"):
        house.add_user(name, PASSWORD)
    ask(admin, "user-rights", {"name": "root", "add": ["admin"]})
    usual: dict[str, Any] = {"name": "dora", "group": "lobby", "label": "dora", "bridge": "x"}
    with Peer(house.pb_ports[0]) as peer:
        me = peer.login("root", PASSWORD, service="admin")
        for name, row in VERBS.items():
            verb = name.replace("-", "_")
            fields = {each: usual.get(each, "x") for each in row.arguments.__struct_fields__}
            calls: Calls = [(me, verb, (1, 2), {}), (me, verb, (), {"mood": "merry"})]
            for each in fields:
                calls += [(me, verb, (), {**fields, each: odd}) for odd in [*A_FEW, -1, {"a": [1]}]]
            for number in peer.send_all(calls):
                judge(verb, peer.wait(number), 16 * 1024)  # lists of what is wrong
    assert "Traceback" not in house.log


def test_every_method_of_other_objects(house: HubProcess) -> None:
    """The root, referees, a stock client's objects: as the verbs."""
    stock = Raw([b"twisted.words.service.PBMind", 1])
    with Peer(house.pb_ports[0]) as peer:
        names = ("login", "loginAnonymous", "loginScram", "loginCertificate", "logout", "x" * 5000)
        tries: Calls = [(ROOT, name, args, {}) for name in names for args in ((), (1,) * 9)]
        tries += [(ROOT, name, (odd, odd), {}) for name in names[2:] for odd in ODD]
        results = [peer.wait(number) for number in peer.send_all(tries)]
        for odd in ODD:  # who guesses too often is told so, whatever he says then
            for begin, first, end in (
                ("login", "nobody", "respond"),
                ("loginScram", b"n,,n=nobody,r=nonce", "prove"),
            ):
                begun = peer.call(ROOT, begin, first)
                if not isinstance(begun, Failed):
                    results.append(peer.call(begun[1], end, odd, odd))
                    peer.tell(b"decref", begun[1])
        for result in results:
            assert isinstance(result, Failed), result
            judge("log in", result)
        avatar = peer.call(ROOT, "loginAnonymous", stock)
        lobby = peer.call(avatar, "join", "lobby")
        tries = [(avatar, "join", (odd,), {}) for odd in ODD]
        tries += [(lobby, "send", (odd,), {}) for odd in [*ODD, {"text": 5}, {b"text": b"\xff"}]]
        tries += [(lobby, "leave", (odd,), {}) for odd in ODD]
        for number in peer.send_all(tries):
            judge("stock", peer.wait(number))
    assert "Traceback" not in house.log


def test_what_was_kept_of_an_ended_login_does_nothing(house: HubProcess) -> None:
    stock = Raw([b"twisted.words.service.PBMind", 1])
    with Peer(house.pb_ports[0]) as peer, Peer(house.pb_ports[0]) as other:
        watcher = other.guest(Raw([b"remote", 1]))
        other.call(watcher, "join", "den")
        avatar = peer.call(ROOT, "loginAnonymous", stock)
        den = peer.call(avatar, "join", "den")
        peer.tell(b"decref", avatar)
        assert peer.call(den, "send", {"text": "boo"}).type == "words.Forbidden"
        assert peer.call(den, "leave").type == "words.Forbidden"
        assert peer.call(avatar, "join", "den").text == "Invalid Object ID"
        me = peer.guest()
        peer.call(me, "join", "den")
        late = peer.send(me, "search", text="boo", group="den")
        peer.tell(b"decref", me)
        judge("search", peer.wait(late))
        for verb in Chat.verbs:
            assert peer.call(me, verb).text == "Invalid Object ID"
        members = other.call(watcher, "group", "den")["members"]
        assert len(members) == 1
        assert not [each for each in other.call(watcher, "history", "den") if "text" in each]
    assert "Traceback" not in house.log


def test_who_is_sent_away_is_gone(house: HubProcess) -> None:
    """Sessions that are ended, an identity that is suspended, its app password with no rights."""
    port, admin = house.pb_ports[0], house.data / "admin.sock"
    secret = app_password(house, "carol")
    with Peer(port) as first, Peer(port) as second, Peer(port) as third:
        carol, again = first.login("carol", PASSWORD), second.login("carol/pb", secret)
        assert first.call(carol, "end_sessions", app_password="pb") == 1
        second.send_all([(again, "say", ("lobby", "still here"), {})] * 10)
        second.rest()
        refused = third.login("carol/pb", secret, service="admin")
        assert refused.type == "words.Forbidden"
        ask(admin, "user-suspend", {"name": "carol"})
        first.rest()
        for name, password in (("carol", PASSWORD), ("carol/pb", secret)):
            refused = third.login(name, password)
            assert refused.type == "twisted.cred.error.UnauthorizedLogin", refused
    assert "Traceback" not in house.log


def test_what_belongs_to_others_stays_theirs(house: HubProcess) -> None:
    """Tokens, messages, who is hidden in an auditorium, groups that one may not know of."""
    port = house.pb_ports[0]
    with Peer(port) as one, Peer(port) as two, Peer(port) as three:
        alice, bob, guest = one.login("alice", PASSWORD), two.login("bob", PASSWORD), three.guest()
        one.call(alice, "join", "hall")
        said = one.call(alice, "say", "hall", "mine", token="the token")
        for peer, me in ((two, bob), (three, guest)):
            peer.call(me, "join", "hall")
            for verb in ("edit", "redact"):
                text = {"text": "theirs"} if verb == "edit" else {}
                stolen = peer.call(me, verb, message=0, said="the token", group="hall", **text)
                assert stolen.type == "words.NoSuchMessage"
                known = peer.call(me, verb, message=said["id"], group="hall", **text)
                assert known.type in ("words.Forbidden", "words.NeedsRight")
        shut = [["auditorium", "", True], ["secret", "", True]]
        assert one.call(alice, "change_settings", "hall", shut) is None
        name = three.call(guest, "state")["name"]
        assert two.call(bob, "member", "hall", name).type == "words.NotMember"
        assert two.call(bob, "whois", name)["groups"] == {}
        assert one.call(alice, "member", "hall", name)["name"] == name
        assert one.call(alice, "whois", name)["groups"] == {"hall": []}
        three.call(guest, "leave", "hall")
        for verb, arguments in (
            ("group", {"name": "hall"}),
            ("metadata", {"group": "hall"}),
            ("set_metadata", {"key": "x", "group": "hall"}),
            ("decline", {"group": "HALL"}),
        ):
            found = three.call(guest, verb, **arguments)
            assert (found.type in ("words.NoSuchGroup", "words.NotFound"), found.text) == (
                True,
                arguments.get("group", "hall"),
            )


def test_long_answers_come_in_parts(house: HubProcess) -> None:
    """However much a message has beside its text: history and search can be read."""
    with Peer(house.pb_ports[0]) as peer:
        me = peer.login("bob", PASSWORD)
        peer.call(me, "join", "hoard")
        styled = [[place, place + 1, "color", "#ff0000"] for place in range(1000)]
        calls: Calls = [(me, "say", ("hoard", "needle " * 150), {"spans": styled})] * 25
        assert all(peer.wait(number)["sequence"] for number in peer.send_all(calls))
        parts = [peer.call(me, "history", "hoard", limit=500)]
        while first := parts[-1][0]["sequence"] - 1:
            parts.append(peer.call(me, "history", "hoard", limit=500, before=first + 1))
        numbers = sorted(each["sequence"] for part in parts for each in part)
        assert (numbers, len(parts) > 2) == (list(range(1, 27)), True)
        found = peer.call(me, "search", text="needle", group="hoard", limit=100)
        assert 0 < len(found) < 25
        link = peer.call(me, "say", "hoard", "x", spans=[[0, 1, "link", "y" * 20_000]])
        assert link.type == "words.TooMany"
        many = peer.call(me, "change_settings", "hoard", [["topic_locked", "", True]] * 201)
        assert many.type == "words.TooMany"
        for verb in ("leave", "kick"):
            person = {"person": "bob"} if verb == "kick" else {}
            long = peer.call(me, verb, group="hoard", reason="x" * 391, **person)
            assert long.type == "words.TooLong"


def test_what_one_connection_may_hold(house: HubProcess) -> None:
    """Logins, references, calls that nobody reads; when it is gone nothing of it is left."""
    admin = house.data / "admin.sock"
    before = ask(admin, "status", {})["participants"]
    with Peer(house.pb_ports[0]) as peer, Peer(house.pb_ports[0]) as other:
        bystander = other.guest()
        logins = [peer.guest() for _ in range(9)]
        assert (logins.pop().type, len(set(logins))) == ("words.TooMany", 8)
        begun = [peer.call(ROOT, "loginScram", b"n,,n=a%d,r=b" % i) for i in range(9)]
        assert begun[-1].type == "twisted.cred.error.UnauthorizedLogin"
        references = [Raw([b"remote", number]) for number in range(1000, 2100)]
        assert "references" in peer.call(logins[0], "say", "lobby", references).text
        peer.call(logins[0], "ping")
        assert [each[0] for each in peer.others].count(b"decref") == 1100  # one for each
        calls: Calls = [(logins[i % 8], "groups", (), {}) for i in range(1000)]
        peer.send_all(calls)
        assert other.call(bystander, "ping") > 0
        peer.close()
        while ask(admin, "status", {})["participants"] > before + 1:
            assert other.call(bystander, "ping") > 0
    assert "Traceback" not in house.log


def test_keyword_arguments_that_are_none(house: HubProcess) -> None:
    """A reference has every attribute, and all of them are calls."""
    with Peer(house.pb_ports[0]) as peer:
        for odd in ([b"remote", 5], [b"list"], [b"None"], b"x", 5, [b"tuple", [b"remote", 6]]):
            message: Any = [b"message", 1, ROOT, b"loginAnonymous", 1, jellied(()), odd]
            peer.write(banana.encode(message, banana.PB))
            assert "keyword arguments" in peer.wait(1).text
        peer.guest()
    assert "Traceback" not in house.log


def test_who_asks_and_breaks_off_at_once(house: HubProcess) -> None:
    """What was to be done beside the turn isn't begun, nor left lying about."""
    with Peer(house.pb_ports[0]) as peer:
        me = peer.guest()
        peer.call(me, "join", group="lobby")
        call: Any = [b"message", 99, me, b"search", 1, jellied(()), jellied({"text": "x"})]
        wrong: Any = [b"version", 5]
        peer.write(b"".join(banana.encode(each, banana.PB) for each in (call, wrong)))
        peer.rest()
    with Peer(house.pb_ports[0]) as peer:
        peer.guest()
    assert "never awaited" not in house.log


def test_useless_calls_count_for_flood_control(tmp_path: Path) -> None:
    """Of what nobody asked for no more is looked at than of what is good for something."""
    hub = HubProcess(tmp_path, {"limits": {"flood": {"burst": 10, "rate": 0.001}}}).start()
    try:
        floods: list[tuple[Calls, int]] = [
            ([(0, "ping", (), {})] * 50, 10),
            ([(ROOT, "nothing", (), {})] * 50, 10),
            ([(ROOT, "loginScram", (b"n,,n=x,r=y",), {})] * 50, 10),
            ([(ROOT, "nothing", ("x" * 100_000,), {})] * 5, 2),
        ]
        for useless, most in floods:
            with Peer(hub.pb_ports[0]) as peer, Peer(hub.pb_ports[0]) as other:
                numbers = peer.send_all(useless)
                assert peer.wait(numbers[0])
                bystander = other.guest()
                for _ in range(40):
                    assert other.call(bystander, "ping") > 0
                assert len(peer.heard()) + 1 <= most
    finally:
        hub.kill()
