"""Opens links in the desktop's browser; one that runs in a terminal would draw over us."""

from __future__ import annotations

import os
import webbrowser


def opened(address: str) -> bool:
    """Return whether there was a browser for it; may take seconds, so call it in a thread.

    One that ``$BROWSER`` names is taken as it is.
    """
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if type(browser) is webbrowser.GenericBrowser and not os.environ.get("BROWSER"):
        return False  # w3m, lynx and their like
    return browser.open(address)
