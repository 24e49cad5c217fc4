"""An app password is revoked: whoever came by it is gone, over every gateway, and nobody else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.toc import TocClient
from words.admin.client import ask
from words.spread.blocking import BlockingConnection
from words.spread.credentials import Password
from words.spread.errors import ConnectionLost, RemoteError

PASSWORD = "sesame-street"


class House:
    """A hub, and the programs of one person who come by one of two app passwords, or neither."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.secrets = {label: self._made(label) for label in ("phone", "desk")}
        self.secrets[""] = PASSWORD
        self._open: list[Client | TocClient | BlockingConnection] = []

    def _made(self, label: str) -> str:
        made = self.ask("app-password-add", name="ann", label=label, scopes=["bans"])
        return str(made["password"])

    def ask(self, verb: str, **arguments: object) -> dict[str, object]:
        done: dict[str, object] = ask(self.hub.data / "admin.sock", verb, arguments)
        return done

    def name(self, label: str) -> str:
        return f"ann/{label}" if label else "ann"

    def proven(self, label: str) -> Client:
        """Return a client of IRC that has logged in and not registered."""
        client = Client(self.hub.irc_port)
        self._open.append(client)
        client.capabilities("sasl")
        assert client.sasl_plain(self.name(label), self.secrets[label]).command == "903"
        return client

    def irc(self, label: str) -> Client:
        client = self.proven(label)
        client.ask("NICK ann", "USER u 0 * :r", "CAP END")
        return client

    def toc(self, label: str, *, done: bool = True) -> TocClient:
        client = TocClient(self.hub.toc_port)
        self._open.append(client)
        return client.sign_on(self.name(label), self.secrets[label], done=done)

    def pb(self, label: str, service: str = "chat") -> PbClient:
        client = PbClient(self.hub.pb_ports[0], self.name(label), self.secrets[label], service)
        self._open.append(client.connection)
        return client

    def close(self) -> None:
        for each in self._open:
            each.close()


class PbClient:
    """A client of Perspective Broker that blocks."""

    def __init__(self, port: int, name: str, password: str, service: str) -> None:
        self.connection = BlockingConnection(socket.create_connection(("127.0.0.1", port)))
        self.perspective = self.connection.log_in(Password(name, password), service=service)

    def __call__(self, verb: str, **arguments: object) -> object:
        return self.perspective.call(verb, **arguments)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("revoking")).start()
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def house(hub: HubProcess) -> Iterator[House]:
    ask(hub.data / "admin.sock", "user-add", {"name": "ann", "password": PASSWORD})
    ask(hub.data / "admin.sock", "user-rights", {"name": "ann", "add": ["bans"]})
    house = House(hub)
    yield house
    house.close()
    ask(hub.data / "admin.sock", "user-remove", {"name": "ann"})


def test_revoking_ends_what_came_by_it(house: House) -> None:
    irc, toc, pb = house.irc("phone"), house.toc("phone"), house.pb("phone")
    stays = house.irc("desk"), house.irc(""), house.toc("desk"), house.pb("desk"), house.pb("")
    removed = house.ask("app-password-remove", name="ANN", label="Phone")
    assert removed["ended"] == 3
    assert "revoked" in irc.rest()[-1].text
    toc.rest()
    with pytest.raises(ConnectionLost):
        pb("ping")
    for each in stays:
        if isinstance(each, PbClient):
            assert each("ping")
        else:
            each.sync()


def test_revoking_between_login_and_coming_in(house: House) -> None:
    """The proof was right then, and isn't any more."""
    irc, toc = house.proven("phone"), house.toc("phone", done=False)
    house.ask("app-password-remove", name="ann", label="phone")
    irc.send("NICK ann", "USER u 0 * :r", "CAP END")
    assert "can't be used" in irc.rest()[-1].text
    toc.send("toc_init_done")
    assert toc.rest()[-1] == "ERROR:980"


def test_what_it_could_administer_ends_with_it(house: House) -> None:
    """The same identity is still here, and may do it still, by its own password."""
    irc, admin = house.irc(""), house.pb("phone", "admin")
    irc.ask(f"OPER ann/phone {house.secrets['phone']}")
    assert admin("ban_list") == []
    assert irc.one("KILL nobody :x").command == "401"
    house.ask("app-password-remove", name="ann", label="phone")
    with pytest.raises(RemoteError):
        admin("ban_list")
    assert irc.one("KILL nobody :x").command == "723"
    irc.ask(f"OPER ann {PASSWORD}")
    assert irc.one("KILL nobody :x").command == "401"


def test_what_was_administered_by_a_password_ends_with_it(house: House) -> None:
    """Whoever has stolen it keeps nothing, though the account has its rights still, and an app
    password of the same name is made anew."""
    thief = house.irc("desk")
    thief.ask(f"OPER ann {PASSWORD}")
    admin, labelled = house.pb("", "admin"), house.pb("phone", "admin")
    assert admin("ban_list") == labelled("ban_list") == []
    house.ask("user-passwd", name="ann", password="another-street")
    house.ask("app-password-remove", name="ann", label="phone")
    house.ask("app-password-add", name="ann", label="phone", scopes=["bans"])
    for each in (admin, labelled):
        with pytest.raises(RemoteError):
            each("ban_list")
    assert thief.one("KILL nobody :x").command == "723"
    thief.ask("OPER ann another-street")
    assert thief.one("KILL nobody :x").command == "401"


def test_a_login_that_waits_with_its_last_word(house: House) -> None:
    """SCRAM ends with a word of the client's, for which it may wait as long as it likes."""
    with Client(house.hub.irc_port) as guest:
        guest.register("ben", caps="sasl")
        suspend = lambda: house.ask("user-suspend", name="ann")  # noqa: E731
        assert guest.sasl_scram("ann", PASSWORD, suspend).command == "904"
        house.ask("user-resume", name="ann")
        assert guest.sasl_scram("ann", PASSWORD).command == "903"


def test_an_app_password_makes_nothing_that_outlives_it(house: House) -> None:
    phone = house.irc("phone")
    for request in ("APPPASS ADD other", "APPPASS DEL desk", f"CERT ADD {'0' * 64}"):
        (refused,) = phone.ask(f"NS {request}")
        assert "app password" in refused.text
    phone.ask(f"NS IDENTIFY {PASSWORD}")
    assert "password" in phone.ask("NS APPPASS ADD other")[0].text
    house.ask("app-password-remove", name="ann", label="phone")
    phone.sync()  # it is in the account by the password now


def test_sessions_say_by_what_they_came(house: House) -> None:
    irc, _, pb = house.irc("desk"), house.toc("phone"), house.pb("")
    listed = pb("sessions")
    assert isinstance(listed, list)
    shown = [(each["gateway"], each["app_password"], each["here"]) for each in listed]
    assert shown == [("irc", "desk", False), ("toc", "phone", False), ("pb", "", True)]
    lines = [line.text for line in irc.ask("NS SESSIONS")]
    assert [" by app password " in line for line in lines] == [True, True, False]
    assert lines[0].endswith("(this one)")
    printed = house.hub.words("user", "sessions", "list", "ann", "--json")
    assert [each["app_password"] for each in json.loads(printed.stdout)] == ["desk", "phone", ""]


def test_ending_ones_own_by_app_password(house: House) -> None:
    irc, toc, pb = house.irc("desk"), house.toc("phone"), house.pb("phone")
    assert irc.ask("NS SESSIONS END APPPASS phone")[0].text == "2 client(s) ended"
    toc.rest()
    with pytest.raises(ConnectionLost):
        pb("ping")
    own = house.pb("")
    for wrong in ({"session": "1000000"}, {"app_password": "phone"}):
        with pytest.raises(RemoteError):
            own("end_sessions", **wrong)
    assert own("end_sessions", app_password="desk") == 1
    irc.rest()
    assert own("end_sessions") == 0
    guest = Client(house.hub.irc_port)
    guest.register("ben")
    guest.ask("NS SESSIONS END APPPASS desk")
    assert own("ping")
    ended = house.hub.words("user", "sessions", "end", "ann", "--app-password", "phone")
    assert (ended.returncode, "words: there is no" in ended.stderr) == (1, True)
    guest.quit()
