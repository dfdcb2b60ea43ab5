"""vado serve: the pages, for whoever has an account, and the channels of the partners' profiles."""

import gc
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click
import uvicorn

from vado.cli.main import Context
from vado.errors import SettingsError
from vado.exchange import accounts
from vado.exchange.outside import Provider
from vado.exchange.ports import Exchange
from vado.exchange.rounds import Rounds
from vado.settings.settings import Settings
from vado.tools.ask import is_safe
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
    """Serve the pages to whoever signs in, listen on the channels of the partners' profiles, and send what they wish, until Ctrl-C.

    What could not be read for a passing cause is read again meanwhile.
    """
    configure(log or ("plain" if sys.stderr.isatty() else "json"))
    settings = context.settings()
    from vado.wiring.build import open_doors, open_post
    from vado.wiring.fhir import open_fhir

    with (
        context.exchange() as x, open_doors(settings, x) as doors, open_post(settings, x), Rounds(x), open_fhir(settings, x) as fhir,
    ):  # fmt: skip
        for kind, port_open in doors.ports if doors else ():
            click.echo(f"{kind} at port {port_open}")
        run(x, settings, port=port, doors=fhir)


def run(
    x: Exchange, settings: Settings, *, port: int | None = None, invented: Sequence[str] = (), doors: Mapping[str, Any] | None = None
) -> None:  # fmt: skip
    """Print the address and serve.

    Args:
        x: the exchange.
        settings: of the place.
        port: instead of the one in the settings.
        doors: what is open besides the pages, as web.app.build takes it.
        invented: accounts of a demonstration, which anybody on this machine may take: only ever on loopback.

    Raises:
        SettingsError: CO-002, it would be open to others without accounts, TLS or names; or the port is in use.
    """
    from vado.web.access import LOOPBACK, Door
    from vado.web.app import build

    is_local, names = ip_address(settings.host).is_loopback, _names(settings.public_names)
    if not is_local:
        _check_open(x, settings, invented)
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port if port is None else port))
        except OSError as fault:
            raise SettingsError("CO-002", path="port", fault="it is in use; choose another with --port") from fault
        scheme = "https" if settings.tls_certificate else "http"
        click.echo(f"Vado is at {scheme}://{names[0] if names else settings.host}:{door.getsockname()[1]}/  (Ctrl-C stops it)")
        if not invented and not accounts.any_there(x):
            click.echo("Nobody can sign in yet: `vado account add NAME --role practitioner --partner ID`.")
        who_come_in = Door(
            tls_only=not is_local, outside=_provider(settings), invented=tuple(invented), limits=_limits(settings),
            passkey_domain=settings.passkey_domain,
        )  # fmt: skip
        hosts = (*LOOPBACK, *names)
        app = build(x, language=settings.language, hosts=hosts, door=who_come_in, settings=settings, **(doors or {}))
        _settle_down()
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped: uvicorn raises it again when all is answered
            uvicorn.Server(_config(app, settings)).run(sockets=[door])


def _provider(settings: Settings) -> Provider | None:
    """Read who says who somebody is; the secret stands in a file."""
    if not settings.sign_in_issuer:
        return None
    try:
        secret = Path(settings.sign_in_secret).read_text("utf-8").strip() if settings.sign_in_secret else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError("CO-002", path="sign_in_secret", fault="the file cannot be read") from fault
    if not settings.sign_in_client or not is_safe(settings.sign_in_issuer):
        raise SettingsError("CO-002", path="sign_in_issuer", fault="an https address, and sign_in_client, are needed")
    return Provider(settings.sign_in_issuer, settings.sign_in_client, secret)


def _limits(settings: Settings) -> Any:
    from vado.web.pace import Limits

    return Limits(
        settings.requests_per_minute, settings.account_requests_per_minute, settings.program_requests_per_minute,
        settings.searches_per_minute, settings.sign_ins_per_minute, settings.uploads_per_minute, settings.tokens_per_minute,
    )  # fmt: skip


def _settle_down() -> None:
    """Let Python look for lost cycles among what is new, and less often: an answer of thousands of parts makes none.

    What was loaded until now stays until the end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, ws="none", lifespan="off",  # type: ignore[arg-type]
        ssl_certfile=settings.tls_certificate or None, ssl_keyfile=settings.tls_key or None,
        proxy_headers=bool(settings.trusted_proxy), forwarded_allow_ips=settings.trusted_proxy or "",
    )  # fmt: skip


def _check_open(x: Exchange, settings: Settings, invented: Sequence[str]) -> None:
    """Refuse to be open to others where anything is missing that keeps them out."""
    if invented:
        raise SettingsError("CO-002", path="host", fault="a demonstration is served on loopback only")
    if not (settings.tls_certificate and settings.tls_key) and not settings.trusted_proxy:
        raise SettingsError(
            "CO-002", path="host", fault="beyond this machine only with tls_certificate and tls_key, or a trusted_proxy"
        )
    if "*" in settings.trusted_proxy:
        raise SettingsError("CO-002", path="trusted_proxy", fault="name the address of the proxy: nobody else may say who calls")
    if not _names(settings.public_names):
        raise SettingsError("CO-002", path="public_names", fault="say under which name it is called")
    if not accounts.any_there(x):
        raise SettingsError("CO-002", path="host", fault="nobody can sign in yet: `vado account add`")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
