"""What the exchange is measured on: server processes of their own, as `vado serve` runs them, and the places that they serve.

`python -m benchmarks.served bare|shelf|place|town PATH` serves until it is stopped; the first line printed is the ports.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.exchange import exchange
from vado.model.record import Viewer
from vado.settings.settings import Settings
from vado.store.sql.store import SqlStore
from vado.tools.log import configure


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    pid: int
    port: int
    mllp: int = 0


@contextmanager
def served(kind: str, path: Path) -> Iterator[Served]:
    """Run a server of its own process, until it is left."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.served", kind, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        ports = [int(p) for p in server.stdout.readline().split()]
        yield Served(server.pid, *ports)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _serve(app: Any, place: Path, *others: int) -> None:
    import uvicorn

    from vado.cli.serve import _config, _settle_down

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        print(door.getsockname()[1], *others, flush=True)
        _settle_down()
        uvicorn.Server(_config(app, Settings(place))).run(sockets=[door])


def _bare(path: Path) -> None:
    """Answer with the same bytes, always: what Starlette and uvicorn can do here."""
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    body = path.read_bytes()

    async def answer(_: object) -> Response:
        return Response(body, media_type="application/fhir+json")

    _serve(Starlette(routes=[Route("/x", answer)]), path.parent)


def _bare_mllp() -> None:
    """Say AA to everything, and keep nothing."""

    class Yes(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._out: Any = transport

        def data_received(self, data: bytes) -> None:
            number = data.split(b"|", 10)[9] if data.count(b"|") > 10 else b""
            for _ in range(data.count(b"\x1c\r")):
                self._out.write(b"\x0bMSH|^~\\&|||||||ACK|1|P|2.5\rMSA|AA|%s\r\x1c\r" % number)

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Yes, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())


def _shelf(path: Path) -> None:
    """Serve the FHIR server over a store that holds a search index."""
    from vado.web.access import Door
    from vado.web.app import build

    with exchange(SqlStore(f"sqlite:///{path}")) as x:
        _serve(build(x, door=Door(guest=Viewer("bench"))), path.parent)


def _place(path: Path) -> None:
    """Serve a place as `vado serve` does: doors, post, keys, exports; whoever asks counts as a guest who may see all."""
    from vado.web.access import Door
    from vado.web.app import build
    from vado.wiring.build import open_doors, open_exchange, open_post
    from vado.wiring.fhir import open_fhir

    configure("json", (path / "log").open("w"))
    settings = Settings.load(path, {})
    with ExitStack() as stack:
        x = stack.enter_context(open_exchange(settings))
        doors = stack.enter_context(open_doors(settings, x))
        stack.enter_context(open_post(settings, x))
        fhir = stack.enter_context(open_fhir(settings, x))
        ports = [port for kind, port in doors.ports if kind == "MLLP"] if doors else []
        _serve(build(x, door=Door(guest=Viewer("bench")), **fhir), path, *ports)


def _town(path: Path) -> None:
    """Serve the pages of an invented place, where anybody may take an account, and ask as much as they like."""
    from vado.cli.demo import invented_accounts
    from vado.web.access import Door
    from vado.web.app import build
    from vado.web.pace import Limits
    from vado.wiring.build import open_exchange

    with open_exchange(Settings.load(path, {})) as x:
        _serve(build(x, door=Door(invented=invented_accounts(x), limits=Limits(0, 0, 0, 0, 0, 0, 0))), path)


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    {"bare": _bare, "shelf": _shelf, "place": _place, "town": _town}[what](where) if what != "bare_mllp" else _bare_mllp()
