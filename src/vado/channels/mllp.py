"""HL7 v2 over MLLP: a listener that says 'received' only when the message is on disk, and a sender.

Sources: HL7 v2 Implementation Support Guide, MLLP release 1 (frames); HL7 v2.9 chapter 2.9 (acknowledgement, original and
enhanced mode); IHE ITI TF-2 3.19 (TLS with certificates on both sides).
"""

import asyncio
import hashlib
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from vado.errors import SettingsError, VadoError
from vado.model.original import Arrival, PartnerId
from vado.model.partner import PartnerProfile
from vado.tools.log import Level, say

CHANNEL = "mllp"
BEGIN, END = b"\x0b", b"\x1c"
_KNOWN = {
    "kind",
    "name",
    "way",
    "host",
    "port",
    "certificate",
    "key",
    "client_ca",
    "fingerprints",
    "senders",
    "seconds",
    "megabytes",
}
_BLOCK = 1 << 16
_HEADER = 4000  # bytes in which MSH ends
_CONNECTIONS = 200  # at once on one port

Take = Callable[[Arrival], "Future[None]"]


@dataclass(frozen=True, slots=True)
class Door:
    """How one partner comes in by MLLP: a [[channel]] of its profile."""

    partner: PartnerId
    host: str
    port: int
    certificate: str = ""  # path of our own, PEM; "": no TLS
    key: str = ""  # path, PEM
    client_ca: str = ""  # path, PEM: who signs the certificates of senders
    fingerprints: tuple[str, ...] = ()  # SHA-256 of senders' certificates, hex; (): whatever client_ca signed
    senders: tuple[str, ...] = ()  # MSH-4, or MSH-3|MSH-4 of this partner; (): everything that comes in here
    seconds: float = 60.0  # a message that is begun and not ended for so long closes the connection
    megabytes: int = 50  # longest message
    name: str = CHANNEL  # what `vado channels` calls it


def doors(profiles: Iterable[PartnerProfile], place: Path) -> tuple[Door, ...]:
    """Read the MLLP channels of all profiles; paths are of the place's folder.

    Raises:
        SettingsError: CO-002, a key or value is wrong, or two partners on one port cannot be told apart.
    """
    found = [_door(p.id, c, place) for p in profiles for c in p.channels if c.get("kind") == CHANNEL]
    by_port: dict[tuple[str, int], list[Door]] = {}
    for door in found:
        by_port.setdefault((door.host, door.port), []).append(door)
    for (_, port), here in by_port.items():
        if len(here) > 1 and any(not d.senders and not d.fingerprints for d in here):
            raise SettingsError("CO-002", path=f"channel on port {port}", fault="say senders or fingerprints of each partner")
        if len({(d.certificate, d.key, d.client_ca) for d in here}) > 1:
            raise SettingsError("CO-002", path=f"channel on port {port}", fault="one certificate for one port")
    return tuple(found)


def _door(partner: PartnerId, said: Mapping[str, Any], place: Path) -> Door:
    where = f"{partner}.toml"
    if wrong := set(said) - _KNOWN:
        raise SettingsError("CO-001", path=where, key=f"channel.{min(wrong)}")
    try:
        door = Door(
            partner, str(said.get("host", "127.0.0.1")), int(said["port"]),
            *(str(place / said[k]) if said.get(k) else "" for k in ("certificate", "key", "client_ca")),
            fingerprints=tuple(f.replace(":", "").lower() for f in said.get("fingerprints", ())),
            senders=tuple(said.get("senders", ())), seconds=float(said.get("seconds", 60)), megabytes=int(said.get("megabytes", 50)),
            name=str(said.get("name", CHANNEL)),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise SettingsError("CO-002", path=where, fault=f"channel: {type(fault).__name__} {fault}") from fault
    if door.fingerprints and not door.client_ca:
        raise SettingsError("CO-002", path=where, fault="channel: fingerprints need a client_ca")
    if not door.certificate and door.host not in {"127.0.0.1", "::1", "localhost"}:
        raise SettingsError("CO-002", path=where, fault="channel: outside this machine MLLP needs a certificate and a client_ca")
    if door.certificate and not (door.client_ca and door.key):
        raise SettingsError("CO-002", path=where, fault="channel: a certificate needs its key and a client_ca")
    return door


class Listener:
    """All MLLP doors, in a thread with an event loop of its own. Use it as a context.

    Args:
        doors: where to listen, and who comes in there.
        take: makes an arrival durable; the sender is told when the future comes true.
        heard: hears of each message that came in by a door: '' when it is kept, else the code of the fault.
    """

    def __init__(self, doors: Iterable[Door], take: Take, heard: Callable[[Door, str], None] = lambda _door, _code: None) -> None:
        self._doors, self._take, self._heard = tuple(doors), take, heard
        self._ready, self._fault = Event(), None
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="vado-mllp", daemon=True)
        self.ports: dict[int, int] = {}  # port asked for -> port open (they differ when 0 was asked for)
        self.seen: Counter[str] = Counter()  # what was answered: AA, AE, AR, CA ..., and what was closed

    def __enter__(self) -> "Listener":
        """Open all ports. Raises SettingsError CO-002 for a port in use or a certificate that cannot be read."""
        self._thread.start()
        self._ready.wait()
        if self._fault:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ports; messages that are on their way are answered first."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None] | None] = set()
        servers, port = [], 0
        try:
            for (host, port), here in _by_port(self._doors).items():
                server = await asyncio.start_server(self._talk_with(here), host, port, ssl=_tls(here[0]), limit=_BLOCK)
                self.ports[port] = server.sockets[0].getsockname()[1]
                servers.append(server)
        except (OSError, ssl.SSLError) as fault:
            self._fault = SettingsError("CO-002", path=f"channel on port {port}", fault=type(fault).__name__)
            self._ready.set()
            return
        self._ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        for talk in self._talks - self._answering:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _talk_with(self, here: tuple[Door, ...]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is None or len(self._talks) >= _CONNECTIONS:
                self.seen["refused: too many connections"] += 1
                writer.close()
                return
            self._talks.add(task)
            try:
                await self._talk(here, reader, writer)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError) as fault:
                self.seen[f"closed: {type(fault).__name__}"] += 1
            finally:
                self._talks.discard(task)
                writer.close()

        return talk

    async def _talk(self, here: tuple[Door, ...], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one message after the other: what is not answered yet is what holds the sender back."""
        known = _with_certificate(here, writer)
        frames = _Frames(reader, min(d.megabytes for d in here) * 1_000_000, max(d.seconds for d in here))
        task = asyncio.current_task()
        while not self._stopping.is_set() and (frame := await frames.next()) is not None:
            self._answering.add(task)
            try:
                for answer in await self._answers(known, frame):
                    writer.write(BEGIN + answer + END + b"\r")
                await asyncio.wait_for(writer.drain(), max(d.seconds for d in here))
            finally:
                self._answering.discard(task)
            if not frames.going:
                return

    async def _answers(self, known: tuple[Door, ...], frame: "_Frame") -> list[bytes]:
        """Keep one message and say so; or say why not."""
        header = Header.of(frame.content)
        if frame.too_long:
            return self._told(header, "AR", "the message is too long")
        if header is None:
            return self._told(header, "AR", "no MSH segment")
        door = next((d for d in known if not d.senders or {header.facility, header.sender} & set(d.senders)), None)
        if door is None:
            return self._told(header, "AR", "this sender is not known here")
        try:
            await asyncio.wrap_future(self._take(Arrival(door.partner, CHANNEL, frame.content, at=datetime.now(UTC))))
        except VadoError as fault:
            say("vado.mllp", "a message was refused, the sender has it still", Level.ERROR, code=fault.code, partner=door.partner)
            self._heard(door, fault.code)
            return self._told(header, "AE", f"not kept, send it again later ({fault.code})")
        self._heard(door, "")
        return self._told(header, "AA", "")

    def _told(self, header: "Header | None", code: str, why: str) -> list[bytes]:
        answers = answers_to(header, code, why, datetime.now(UTC))
        self.seen.update([code] if answers else [f"{code}, not wanted"])
        return answers


@dataclass(frozen=True, slots=True)
class _Frame:
    content: bytes
    too_long: bool = False


class _Frames:
    """Cuts the stream into messages. Bytes between frames are dropped: MLLP release 1 says that they mean nothing."""

    def __init__(self, reader: asyncio.StreamReader, most: int, seconds: float) -> None:
        self._reader, self._most, self._seconds = reader, most, seconds
        self._held = bytearray()
        self.going = True  # False: the stream is not to be trusted any more

    async def next(self) -> _Frame | None:
        """Give the next message; None: the sender has hung up. Between messages it may say nothing as long as it likes.

        Raises:
            TimeoutError: a message was begun and not ended in time.
        """
        if not self._held and not await self._more():
            return None
        async with asyncio.timeout(self._seconds):
            looked = 0
            while (end := self._held.find(END, looked)) < 0:
                looked = len(self._held)
                if looked > self._most:
                    self.going = False
                    return _Frame(bytes(self._held[:_HEADER]).partition(BEGIN)[2], too_long=True)
                if not await self._more():
                    return None
        content = bytes(self._held[:end]).rpartition(BEGIN)[2]
        del self._held[: end + 1]
        while self._held[:1] in (b"\r", b"\n"):  # the second half of the end; some send none, some a line feed
            del self._held[:1]
        return _Frame(content)

    async def _more(self) -> bool:
        block = await self._reader.read(_BLOCK)
        self._held += block
        return bool(block)


@dataclass(frozen=True, slots=True)
class Header:
    """What of MSH an acknowledgement needs, as written."""

    separators: tuple[str, str]  # field, component
    fields: tuple[str, ...]  # MSH-n is fields[n]; MSH-1 is the separator itself

    @classmethod
    def of(cls, content: bytes) -> "Header | None":
        """Read it from the first segment; None: there is none."""
        line = re.split(rb"[\r\n]", content[:_HEADER].lstrip(), maxsplit=1)[0].decode("latin-1")
        if not re.match(r"MSH[^A-Za-z0-9\s].{4}", line):
            return None
        return cls((line[3], line[4]), ("MSH", line[3], *line[4:].split(line[3])))

    def field(self, n: int) -> str:
        """Give MSH-n; "" when it says nothing."""
        return self.fields[n].strip() if n < len(self.fields) else ""

    @property
    def facility(self) -> str:
        """MSH-4, who sends."""
        return self.field(4)

    @property
    def sender(self) -> str:
        """MSH-3|MSH-4."""
        return f"{self.field(3)}|{self.field(4)}"


_numbers = count(1)


def answers_to(header: Header | None, code: str, why: str, now: datetime) -> list[bytes]:
    """Give the acknowledgements that a message asks for.

    Args:
        header: of the message; None: it had none.
        code: AA taken, AE not now, AR never (HL7 table 0008).
        why: a reason in plain words, without any value of the message.
        now: aware, UTC.

    In original mode (neither MSH-15 nor MSH-16 is said) that is one, AA, AE or AR. In enhanced mode a commit acknowledgement
    (CA, CE, CR) where MSH-15 wants it, and an application acknowledgement where MSH-16 does: AL always, NE never, ER on
    errors only, SU on success only (table 0155).
    """
    if header is None or not (header.field(15) or header.field(16)):
        return [_ack(header, code, why, now)]
    wanted = {"AL": True, "NE": False, "ER": code != "AA", "SU": code == "AA"}
    commit, application = wanted.get(header.field(15), True), wanted.get(header.field(16), False)
    return [_ack(header, c, why, now) for c, yes in (("C" + code[1], commit), (code, application)) if yes]


def _ack(header: Header | None, code: str, why: str, now: datetime) -> bytes:
    field, component = header.separators if header else ("|", "^")
    said = header or Header(("|", "^"), ("MSH", "|", "^~\\&"))
    kind = component.join(("ACK", said.field(9).split(component)[1], "ACK") if component in said.field(9) else ("ACK",))
    number = f"{now:%Y%m%d%H%M%S}{next(_numbers)}"
    msh = [
        "MSH", said.field(2), said.field(5), said.field(6), said.field(3), said.field(4), f"{now:%Y%m%d%H%M%S}+0000", "", kind,
        number, said.field(11) or "P", said.field(12) or "2.5", *[""] * 5, said.field(18),
    ]  # fmt: skip
    segments = [field.join(msh).rstrip(field), field.join(("MSA", code, said.field(10), why)).rstrip(field)]
    return ("\r".join(segments) + "\r").encode("latin-1", "replace")


def _by_port(doors: Iterable[Door]) -> dict[tuple[str, int], tuple[Door, ...]]:
    found: dict[tuple[str, int], tuple[Door, ...]] = {}
    for door in doors:
        found[door.host, door.port] = (*found.get((door.host, door.port), ()), door)
    return found


def _tls(door: Door) -> ssl.SSLContext | None:
    """Certificates on both sides, or none at all (this machine only)."""
    if not door.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=door.client_ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(door.certificate, door.key)
    return context


def _with_certificate(here: tuple[Door, ...], writer: asyncio.StreamWriter) -> tuple[Door, ...]:
    """Leave the doors that this certificate opens."""
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return here
    print_ = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
    return tuple(d for d in here if not d.fingerprints or print_ in d.fingerprints)
