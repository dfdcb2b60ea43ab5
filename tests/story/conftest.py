"""A real browser, and the pages served to it."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn

from plain import OPEN
from vado.exchange.ports import Exchange
from vado.web.access import Door
from vado.web.app import build
from vado.wiring.bench import Bench
from visitors import VISITORS, Visitor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """Serve the pages of an exchange on a free loopback port, in a thread of this process; give the address."""
    with ExitStack() as stack:
        yield lambda x, door=OPEN, bench=None: stack.enter_context(_served(x, door, bench))


@contextmanager
def _served(x: Exchange, door: Door, bench: Bench | None = None) -> Iterator[str]:
    with socket.socket() as way:
        way.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(build(x, door=door, bench=bench), log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [way]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{way.getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


@pytest.fixture(scope="module", params=VISITORS, ids=lambda v: v.name)
def visitor(request: pytest.FixtureRequest) -> Visitor:
    """Give each way of reading the pages: both languages, at a desk and on a phone."""
    return request.param


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no browser here: install chromium to try the pages as a reader does")
    sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with sync_api.sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()
