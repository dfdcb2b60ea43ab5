"""vado serve: the pages, on this machine only, and the channels of the partners' profiles."""

import socket
import sys
from contextlib import suppress
from ipaddress import ip_address

import click
import uvicorn

from vado.cli.main import Context
from vado.errors import SettingsError
from vado.exchange.ports import Exchange
from vado.exchange.rounds import Rounds
from vado.tools.log import configure


@click.command()
@click.option("--port", type=int, help="Port; 0 chooses a free one.")
@click.option(
    "--log",
    type=click.Choice(["json", "plain"]),
    help="How the log is written to standard error [plain on a terminal, else json].",
)
@click.pass_obj
def serve(context: Context, port: int | None, log: str | None) -> None:
    """Serve the pages at a local address, and listen on the channels of the partners' profiles, until stopped with Ctrl-C.

    What could not be read for a passing cause is read again meanwhile.
    """
    configure(log or ("plain" if sys.stderr.isatty() else "json"))
    settings = context.settings()
    from vado.wiring.build import open_doors

    with context.exchange() as x, open_doors(settings, x) as doors, Rounds(x):
        for kind, port_open in doors.ports if doors else ():
            click.echo(f"{kind} at port {port_open}")
        run(x, host=settings.host, port=settings.port if port is None else port, language=settings.language)


def run(x: Exchange, *, host: str, port: int, language: str) -> None:
    """Print the address and serve. Refuses any address but loopback: there is no sign-in yet."""
    from vado.web.app import build

    if not ip_address(host).is_loopback:
        raise SettingsError("CO-002", path="host", fault="only a loopback address, until there is sign-in")
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as fault:
            raise SettingsError("CO-002", path="port", fault="it is in use; choose another with --port") from fault
        click.echo(f"Vado is at http://{host}:{door.getsockname()[1]}/  (Ctrl-C stops it)")
        config = uvicorn.Config(build(x, language=language), log_config=None, access_log=False, server_header=False)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped: uvicorn raises it again when all is answered
            uvicorn.Server(config).run(sockets=[door])
