"""An SMTP receiver of our own: '250' only when the mail is on disk, and for nobody but the partners' own addresses.

It relays nothing: a mail for an address that is no partner's is refused while it is offered.
Sources: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 3463 (codes).
"""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP, Envelope, Session

from vado.channels.circle import Opened, refuse_circle
from vado.channels.said import Way, read_way
from vado.errors import NotTaken, SettingsError, VadoError
from vado.model.original import Arrival, PartnerId
from vado.tools.log import Level, say

_CONNECTIONS, _EACH = 40, 10  # at once on one port, in all and from one address
_COMMANDS = 200  # of one kind in one connection
_LINE = 1 << 16  # bytes; RFC 5321 says 1000, machines that send scans know nothing of it
_LAST = 10.0  # seconds that mails on their way have when we stop
_HERE = ("127.0.0.1", "::1", "localhost")
logging.getLogger("mail.log").setLevel(
    logging.CRITICAL
)  # aiosmtpd's own: it repeats what senders say, which may be a patient's name

Take = Callable[[Arrival], "Future[None]"]
Shown = Callable[[PartnerId, str], None]  # notes that a partner opened a delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDoor(Way):
    """How one partner comes in by mail, straight to us: a [[channel]] of its profile."""

    kind: ClassVar[str] = "smtp"
    recipients: tuple[str, ...]
    """Addresses that mean this partner: "lab@vado.example", or "@lab.vado.example" for all of a domain."""
    port: int
    """Where to listen. Partners may share a port."""
    host: str = "127.0.0.1"
    """Address to listen on. Anything but this machine needs networks, and a certificate or plain = true."""
    networks: tuple[str, ...] = ()
    """Who may send for these addresses: ["10.4.0.0/16"]. Left out: this machine alone."""
    certificate: Path | None = None
    """Our certificate, PEM, with those that sign it. With it TLS is asked for."""
    key: Path | None = None
    """The key of the certificate, PEM."""
    tls: str = "starttls"
    """"starttls", or "implicit" for TLS from the first byte (port 465)."""
    plain: bool = False
    """Let senders come in without TLS also from outside this machine: only on a network of your own."""
    automatic: bool = False
    """Take also mail that a machine sends by itself (Auto-Submitted: auto-generated). Automatic answers are never taken."""
    ours: tuple[str, ...] = ()
    """Domains that Vado itself sends mail from: what comes back is not taken. Left out: those of `from` in outgoing channels."""
    megabytes: int = 35
    """Largest mail."""
    seconds: float = 300.0
    """Longest time for one command, and for one whole mail; then the connection is closed."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, or would be open to anybody."""
        for network in self.networks:
            ip_network(network)  # its own ValueError says what is wrong
        if not self.recipients or any("@" not in r for r in self.recipients):
            raise ValueError("recipients are mail addresses, or @domain")
        if self.tls not in ("starttls", "implicit"):
            raise ValueError("tls is starttls or implicit")
        if bool(self.certificate) != bool(self.key):
            raise ValueError("a certificate needs its key")
        if self.host not in _HERE and not (self.networks and (self.certificate or self.plain)):
            raise ValueError("outside this machine SMTP needs networks, and a certificate or plain = true")

    def is_for(self, recipient: str) -> bool:
        """Say whether an address means this partner."""
        address = recipient.casefold()
        return any(address == r.casefold() or (r.startswith("@") and address.endswith(r.casefold())) for r in self.recipients)

    def admits(self, peer: str) -> bool:
        """Say whether somebody at this address may send."""
        address = ip_address(peer.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in ip_network(n) for n in self.networks) if self.networks else mapped.is_loopback


def read(partner: PartnerId, table: Mapping[str, Any], place: Path) -> MailDoor:
    """Read one [[channel]]. Raises SettingsError CO-001, CO-002."""
    return read_way(MailDoor, partner, table, place)


def by_port(doors: Iterable[MailDoor]) -> dict[tuple[str, int], tuple[MailDoor, ...]]:
    """Put together the doors that share a port.

    Raises:
        SettingsError: CO-002, one address means two partners, or one port has two certificates.
    """
    found: dict[tuple[str, int], tuple[MailDoor, ...]] = {}
    for door in doors:
        found[door.host, door.port] = (*found.get((door.host, door.port), ()), door)
    for (_, port), here in found.items():
        addresses = Counter(r.casefold() for d in here for r in d.recipients)
        if twice := [a for a, n in addresses.items() if n > 1]:
            raise SettingsError("CO-002", path=f"channel on port {port}", fault=f"{twice[0]} is there twice")
        if len({(d.certificate, d.key, d.tls, d.plain) for d in here}) > 1:
            raise SettingsError("CO-002", path=f"channel on port {port}", fault="one certificate, tls and plain for one port")
    return found


class Receiver:
    """All SMTP doors, in a thread with an event loop of its own. Use it as a context.

    Args:
        doors: where to listen, and who comes in there.
        take: makes an arrival durable; the sender is told when the future comes true.
        heard: hears of each mail by its door: '' when it is kept, else the code of the fault.
    """

    def __init__(self, doors: Iterable[MailDoor], take: Take, heard: Callable[[MailDoor, str], None], opened: Shown) -> None:
        self._doors, self._take, self._heard, self._opened = by_port(doors), take, heard, opened
        self._ready, self._fault = Event(), None
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="vado-smtp", daemon=True)
        self.ports: dict[int, int] = {}  # port asked for -> port open (they differ when 0 was asked for)

    def __enter__(self) -> "Receiver":
        """Open all ports. Raises SettingsError CO-002 for a port in use or a certificate that cannot be read."""
        self._thread.start()
        self._ready.wait()
        if self._fault:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ports; mails that are being made durable are answered first."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        rooms: list[_Room] = []
        servers: list[asyncio.Server] = []
        port = 0
        try:
            for (host, port), here in self._doors.items():
                room = _Room(here, self._take, self._heard, self._opened, _tls(here[0]))
                implicit = room.tls if here[0].tls == "implicit" else None
                server = await self._loop.create_server(room.talk, host, port, ssl=implicit)
                self.ports[port] = server.sockets[0].getsockname()[1]
                rooms.append(room)
                servers.append(server)
        except (OSError, ssl.SSLError) as fault:
            self._fault = SettingsError("CO-002", path=f"channel on port {port}", fault=type(fault).__name__)
            self._ready.set()
            return
        self._ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        await asyncio.gather(*(room.close() for room in rooms))


class _Room:
    """What is behind one port: who comes in, and how many."""

    def __init__(
        self, doors: tuple[MailDoor, ...], take: Take, heard: Callable[[MailDoor, str], None], opened: Shown,
        tls: ssl.SSLContext | None,
    ) -> None:  # fmt: skip
        self.doors, self.tls = doors, tls
        self._take, self._heard, self._opened = take, heard, opened
        self.talks: dict[_Talk, str] = {}  # connection -> address
        self._keeping = 0

    def talk(self) -> "_Talk":
        """Begin one connection."""
        starttls = self.tls if self.doors[0].tls == "starttls" else None
        return _Talk(
            self, data_size_limit=max(d.megabytes for d in self.doors) * 1_000_000, hostname="vado", ident="ESMTP",
            tls_context=starttls, require_starttls=bool(starttls) and not self.doors[0].plain,
            timeout=max(d.seconds for d in self.doors), auth_exclude_mechanism=["LOGIN", "PLAIN"],
            command_call_limit={"*": _COMMANDS}, loop=asyncio.get_running_loop(),
        )  # fmt: skip

    def has_room(self, address: str) -> bool:
        """Say whether one more may come in from this address."""
        return len(self.talks) < _CONNECTIONS and list(self.talks.values()).count(address) < _EACH

    async def close(self) -> None:
        """Let mails that are being made durable be answered, then hang up on everybody."""
        until = asyncio.get_running_loop().time() + _LAST
        while self._keeping and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0)  # the last answer goes out
        for talk in tuple(self.talks):
            talk.hang_up()

    async def handle_RCPT(self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802, PLR0913 - aiosmtpd's names
        """Say whether somebody may send to this address."""
        door = next((d for d in self.doors if d.is_for(address)), None)
        if door is None:
            return "550 5.1.1 nobody here has this address"
        if not door.admits(str(session.peer[0]) if session.peer else ""):
            _say("a sender outside the networks was refused", door)
            return "550 5.7.1 not from your network"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail for each partner it is for, and say so; or say why not."""
        content = envelope.original_content or b""
        doors = dict.fromkeys(d for to in envelope.rcpt_tos for d in self.doors if d.is_for(to))
        self._keeping += 1
        try:
            for door in doors:
                if answer := await self._keep(door, content):
                    return answer
        finally:
            self._keeping -= 1
        return "250 2.0.0 kept"

    async def _keep(self, door: MailDoor, content: bytes) -> str:
        try:
            if len(content) > door.megabytes * 1_000_000:
                raise NotTaken("CH-002", megabytes=door.megabytes)
            if not content.strip():
                raise NotTaken("CH-012")
            refuse_circle(content, automatic=door.automatic, ours=door.ours)
            await asyncio.wrap_future(self._take(Arrival(door.partner, door.kind, content, at=datetime.now(UTC))))
        except Opened as receipt:
            await asyncio.to_thread(self._opened, door.partner, receipt.delivery)
        except NotTaken as fault:
            self._heard(door, fault.code)
            _say("a mail was refused", door, fault.code)
            return f"{'552 5.3.4' if fault.code == 'CH-002' else '554 5.6.0'} {fault}"
        except VadoError as fault:
            self._heard(door, fault.code)
            _say("a mail was not kept, the sender has it still", door, fault.code, Level.ERROR)
            return f"451 4.3.0 not kept, send it again later ({fault.code})"
        self._heard(door, "")
        return ""

    async def handle_exception(self, fault: Exception) -> str:
        """Say nothing of what a mail held."""
        say("vado.smtp", "a fault of ours", Level.ERROR, code="CH-013", fault=type(fault).__name__)
        return "451 4.3.0 a fault of ours, send it again later"


class _Talk(SMTP):
    """One connection: counted, and never longer or slower than it may be."""

    line_length_limit = _LINE

    def __init__(self, room: _Room, **said: Any) -> None:
        self._room, self._got, self._turned_away = room, 0, False
        super().__init__(room, **said)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let somebody in, unless there are too many."""
        if self not in self._room.talks:
            peer = transport.get_extra_info("peername") or ("",)
            if not self._room.has_room(peer[0]):
                self._turned_away = True
                transport.write(b"421 4.3.2 too many connections\r\n")  # pyright: ignore[reportAttributeAccessIssue] - it is a stream
                transport.close()
                return
            self._room.talks[self] = peer[0]
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Count what comes for one mail: aiosmtpd keeps a line that never ends."""
        if self._turned_away:
            return
        self._got += len(data)
        if self._got > 2 * (self.data_size_limit or 0) + _LINE:
            self.hang_up()
            return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        """Hear the end of what a sender says."""
        return None if self._turned_away else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection."""
        if not self._turned_away:
            self._room.talks.pop(self, None)
            super().connection_lost(error)

    def hang_up(self) -> None:
        """End it now, whatever is on its way."""
        if self.transport is not None:
            self.transport.abort()  # pyright: ignore[reportAttributeAccessIssue] - it is a stream

    def _set_post_data_state(self) -> None:
        self._got = 0
        super()._set_post_data_state()

    def _timeout_cb(self) -> None:
        self.hang_up()


def _say(event: str, door: MailDoor, code: str = "", level: Level = Level.WARNING) -> None:
    say("vado.smtp", event, level, code=code, partner=door.partner, channel=door.name)


def _tls(door: MailDoor) -> ssl.SSLContext | None:
    if not door.certificate or not door.key:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(door.certificate, door.key)
    return context
