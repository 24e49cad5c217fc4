"""Certificates that nobody has signed: told of, and only the one that was trusted is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.test_app import app_for, lines, said, seen
from tui_client.accounts import Account
from tui_client.link import Link
from tui_client.screens.main import MainScreen
from tui_client.store import Store
from tui_client.tls import Trust
from tui_client.trouble import SignOnFailed
from words.client import Guest


@pytest.fixture
def tls_hub(new_hub: Callable[..., HubProcess], tmp_path: Path, unused_tcp_port: int) -> HubProcess:
    """Return a hub with a certificate of its own making."""
    made = make_certificate(tmp_path)
    tls = {"cert": str(made.cert), "key": str(made.key)}
    listener = {"address": "127.0.0.1", "port": unused_tcp_port, "tls": tls}
    hub = new_hub({"pb": {"listen": [listener]}}).start()
    hub.add_user("alice", PASSWORD)
    return hub


def url(hub: HubProcess) -> str:
    return f"pbs://localhost:{hub.pb_ports[0]}"


async def test_only_the_certificate_that_was_trusted_is(tls_hub: HubProcess) -> None:
    link = Link(Store("guest"), url(tls_hub), Guest())
    with pytest.raises(SignOnFailed, match="can't be trusted") as failed:
        await link.sign_on()
    fingerprint = failed.value.fingerprint
    assert len(fingerprint) == 64

    trusting = Link(Store("guest"), url(tls_hub), Guest(), trust=Trust(fingerprint))
    await trusting.sign_on()
    assert trusting.store.secure.startswith("TLSv1.")
    await trusting.close()

    other = Link(Store("guest"), url(tls_hub), Guest(), trust=Trust("0" * 64))
    with pytest.raises(SignOnFailed, match="another certificate than before") as failed:
        await other.sign_on()
    assert failed.value.fingerprint == fingerprint


async def test_tls_where_there_is_none(town: HubProcess) -> None:
    link = Link(Store("guest"), town.pb_url.replace("pb:", "pbs:"), Guest())
    with pytest.raises(SignOnFailed, match="doesn't speak"):
        await link.sign_on()


async def test_trusting_on_the_screen(tls_hub: HubProcess, tmp_path: Path) -> None:
    app = app_for(tls_hub, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#server", Input).value = url(tls_hub)
        app.screen.query_one("#password", Input).value = PASSWORD
        await pilot.press("enter")
        await said(pilot, app, "Trust this certificate")
        assert seen(app, "SHA-256"), lines(app)
        await pilot.click("#trust")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        account = app.accounts.all[0]
        assert (len(account.fingerprint), account.server) == (64, url(tls_hub))


async def test_a_guest_is_told_of_another_certificate_than_before(
    tls_hub: HubProcess, tmp_path: Path
) -> None:
    app = app_for(tls_hub, tmp_path)
    app.accounts.put(Account("", url(tls_hub), fingerprint="0" * 64))
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#identity", Input).value = ""
        app.screen.query_one("#server", Input).value = url(tls_hub)
        await pilot.press("enter")
        await said(pilot, app, "another certificate")
        await pilot.click("#trust")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
