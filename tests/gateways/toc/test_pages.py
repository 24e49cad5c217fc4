"""Pages about people, the directory, and the words that let one see them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateways.toc.directory import Directory, fields_of, sought
from gateways.toc.limits import FOUND, PAGE_SECONDS, PAGES
from gateways.toc.tickets import Tickets
from tests.gateways.toc.conftest import People
from tests.support.domain import World
from tests.support.toc import TocClient
from words.admin.client import ask
from words.chat.keeping import Keeping
from words.errors import TooMany


def fetch(people: People, request: str) -> tuple[str, str]:
    """Return status line and body of a page."""
    with socket.create_connection(("127.0.0.1", people.hub.toc_port), 10) as sock:
        for byte in request.encode():
            sock.sendall(bytes([byte]))
        data = b""
        while got := sock.recv(65536):
            data += got
    head, _, body = data.decode().partition("\r\n\r\n")
    return head.split("\r\n")[0], body


def test_a_profile_page(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    b = people.name("bob")
    bob.ask("toc_set_info", '<b>Hi</b> <script>alert(1)</script><a href="javascript:x">y</a> <z')
    (told,) = alice.ask("toc_get_info", b)
    assert told.startswith(f"GOTO_URL:TIC:info?user={b}&cookie=")
    url = told.split(":", 2)[2]
    status, body = fetch(people, f"GET /{url} HTTP/1.0\r\nHost: x\r\n\r\n")
    assert status == "HTTP/1.0 200 OK"
    for wanted in ("Username : <B>", "Warning Level : <B>0", "Online Since : <B>", "<B>Hi</B>"):
        assert wanted in body
    assert "Idle Minutes : <B>0</B>" in body
    assert "<hr><br>\n<B>Hi</B> y &lt;z<br><hr><I>Legend:" in body
    assert "script" not in body
    for wrong in (url[:-1], url.replace(b, people.name("alice")), "info", "", "dir" + url[4:]):
        status, body = fetch(people, f"GET /{wrong} HTTP/1.0\r\n\r\n")
        assert status == "HTTP/1.0 403 Forbidden"
    assert fetch(people, "GET  \r\n\r\n")[0].split()[1] == "400"
    bob.ask("toc_add_deny", people.name("alice"))
    assert fetch(people, f"GET /{url} HTTP/1.0\r\n\r\n")[0].split()[1] == "403"


def test_a_page_of_the_directory(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    bob.ask("toc_set_dir", "Bob:<i>:Loblaw")
    (told,) = alice.ask("toc_get_dir", people.name("bob"))
    status, body = fetch(people, f"GET /{told.split(':', 2)[2]} HTTP/1.0\r\n\r\n")
    assert status == "HTTP/1.0 200 OK"
    assert "Last : <B>Loblaw</B>" in body
    assert "<B>&lt;i&gt;</B>" in body


def page(people: People, client: TocClient, *command: str) -> tuple[str, str]:
    """Ask for a page; return the status and what is on it."""
    (told,) = client.ask(*command)
    assert told.startswith("GOTO_URL:TIC:"), told
    status, body = fetch(people, f"GET /{told.split(':', 2)[2]} HTTP/1.0\r\n\r\n")
    return status.split()[1], body


def test_a_page_is_for_the_client_that_asked(people: People) -> None:
    """It ends with that client, also where the same person has another one."""
    alice = people.toc("alice")
    other = people.again(people.name("alice"))
    (told,) = alice.ask("toc_get_info", people.name("alice"))
    request = f"GET /{told.split(':', 2)[2]} HTTP/1.0\r\n\r\n"
    assert fetch(people, request)[0].split()[1] == "200"
    alice.hang_up()
    assert alice.rest() == []
    assert fetch(people, request)[0].split()[1] == "403"
    assert other.ask("toc_noop") == []


def test_a_page_has_the_name_as_its_owner_writes_it(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    written = people.name("BO b")
    bob.ask("toc_format_nickname", written)
    for command in ("toc_get_info", "toc_get_dir"):
        assert f"Username : <B>{written}</B>" in page(people, alice, command, people.name("bob"))[1]


def test_who_allows_it_is_found_by_the_directory(people: People) -> None:
    alice, bob, carol, dave = (people.toc(name) for name in ("alice", "bob", "carol", "dave"))
    town = f"Spring_{people.number} 100%"
    bob.ask("toc_set_dir", f"Bob::Loblaw::  {town} ::US:bob@example.org:T")
    carol.ask("toc_set_dir", f"Bob::Loblaw::{town}::US::F")  # only who knows the name
    erin = people.toc("erin")  # as AIMIRC says it: without e-mail, without quotes
    erin.command(f"toc_set_dir Erin::Loblaw::{town}::US:Y")
    dave.command(f'toc_set_dir "Bob":"":"Loblaw":"":"{town}":"":"US":"":"T"')
    dave.ask("toc_add_deny", people.name("alice"))
    bob.ask("toc_set_info", "away from home")
    bob.close()  # who isn't here is found too
    status, body = page(people, alice, "toc_dir_search", f"bob::LOBLAW::{town.upper()}")
    assert status == "200"
    assert f"Username : <B>{people.name('bob')}</B>" in body
    assert f"City : <B>{town}</B>" in body
    assert people.name("carol") not in body
    assert people.name("dave") not in body
    found = page(people, alice, "toc_dir_search", f"::loblaw::{town}")[1]
    assert found.count("Username") == 2
    assert people.name("erin") in found
    for other in (f"Rob::::{town}", f"::::Spring_{people.number}", f"::::Spring%{people.number}%"):
        assert "Nobody is found" in page(people, alice, "toc_dir_search", other)[1]
    assert people.name("carol") in page(people, alice, "toc_get_dir", people.name("carol"))[1]
    again = people.again(people.name("bob"))
    again.ask("toc_set_dir", f"Bob::Loblaw::{town}:::")
    assert "Nobody" in page(people, alice, "toc_dir_search", f"Bob::::{town}")[1]


@pytest.mark.parametrize("nothing", ["", ":::", "::::::::T", " : : ", '"'])
def test_a_search_for_nothing_is_refused(people: People, nothing: str) -> None:
    alice = people.toc("alice")
    assert alice.ask("toc_dir_search", nothing) == ["ERROR:976"]
    alice.command("toc_dir_search")
    assert alice.sync() == ["ERROR:976"]


def test_too_many_are_not_listed(tmp_path: Path) -> None:
    world = World(tmp_path)
    directory = Directory(Keeping(world.service))

    def fill() -> None:
        for number in range(FOUND):
            directory.put(number, fields_of(f"no{number}:::::US:::T"))

    world.turn(fill)
    assert directory.find(sought(":::::us")) == list(range(FOUND))
    world.do(directory.put, FOUND, fields_of("one more:::::US:::t"))
    with pytest.raises(TooMany):
        directory.find(sought(":::::us"))
    assert directory.find(sought("no7:::::us")) == [7]
    world.close()


def test_a_removed_identity_is_found_no_more(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    town = f"town{people.number}"
    bob.ask("toc_set_dir", f"::::{town}::::T")
    assert people.name("bob") in page(people, alice, "toc_dir_search", f"::::{town}")[1]
    ask(people.hub.data / "admin.sock", "user-remove", {"name": people.name("bob")})
    assert "Nobody" in page(people, alice, "toc_dir_search", f"::::{town}")[1]


def test_words_end_by_the_clock_and_by_their_number() -> None:
    now = 1000.0
    tickets: Tickets[int] = Tickets(lambda: now)
    word = tickets.give(1)
    assert tickets.get(word) == 1
    now += PAGE_SECONDS - 1
    assert tickets.get(word) == 1
    assert tickets.get(word[:-1]) is None
    now += 1
    assert tickets.get(word) is None
    words = [tickets.give(number) for number in range(PAGES + 1)]
    assert tickets.get(words[0]) is None
    assert tickets.get(words[1]) == 1
    assert tickets.get(words[-1]) == PAGES
    assert len(set(words)) == len(words)
