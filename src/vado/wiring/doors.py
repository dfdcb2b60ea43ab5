"""Every way in that the partners' profiles name, by its kind, opened together."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from vado.channels.health import Board, Health, Pulse
from vado.channels.keys import FHIR, UPLOAD, keys_of
from vado.channels.mllp import CHANNEL as MLLP
from vado.channels.mllp import Door, Listener, doors
from vado.channels.pull import Into, Puller
from vado.channels.said import PullWay
from vado.errors import SettingsError
from vado.model.partner import PartnerProfile, goes_out

PULLED = {  # kind -> module with read and source; loaded when a profile names it
    "folder": "vado.channels.watched",
    "imap": "vado.channels.imap",
    "sftp": "vado.channels.sftp",
    "store": "vado.channels.store",
}
SMTP = "smtp"
MAIL = ("imap", SMTP)
KINDS = (*PULLED, MLLP, SMTP)
KEYED = (FHIR, UPLOAD)  # opened with the pages: whoever has the key comes in at their address


@dataclass(frozen=True, slots=True)
class Doors:
    """What is open."""

    ports: tuple[tuple[str, int], ...]  # kind and port of each that listens
    board: Board

    @property
    def health(self) -> tuple[Health, ...]:
        """How each channel fares."""
        return self.board.health


def channels_in(profile: PartnerProfile) -> tuple[Mapping[str, Any], ...]:
    """Give the [[channel]]s of a profile that are opened here.

    Not those with way = "out", nor those that a [[send]] names, nor those that are keys to the pages' own address.
    """
    return tuple(c for c in profile.channels if not goes_out(profile, c) and c.get("kind") not in KEYED)


def check_kinds(profile: PartnerProfile) -> None:
    """Refuse channels of a kind that there is not, and two of one name.

    Raises:
        SettingsError: CO-002.
    """
    here = channels_in(profile)
    for table in here:
        if (kind := table.get("kind")) not in KINDS:
            fault = f"channel: kind is one of {', '.join(sorted((*KINDS, *KEYED)))}, not {kind}"
            raise SettingsError("CO-002", path=f"{profile.id}.toml", fault=fault)
    names = [str(t.get("name", t["kind"])) for t in here]
    if twice := {n for n in names if names.count(n) > 1}:
        fault = f"channel: {min(twice)} is there twice; give each a name"
        raise SettingsError("CO-002", path=f"{profile.id}.toml", fault=fault)


def pull_ways(profiles: Iterable[PartnerProfile], place: Path) -> list[PullWay]:
    """Read every channel by which Vado fetches. Raises SettingsError CO-001, CO-002."""
    found = [(p.id, c) for p in profiles for c in channels_in(p) if c.get("kind") in PULLED]
    return [import_module(PULLED[c["kind"]]).read(partner, c, place) for partner, c in found]


def with_ours(profiles: Iterable[PartnerProfile]) -> list[PartnerProfile]:
    """Leave the channels in; tell those that bring mail which domains we send from ourselves, so that none of it comes back."""
    profiles = [*profiles]
    senders = [str(c["from"]) for p in profiles for c in p.channels if c.get("kind") == SMTP and "from" in c]
    ours = sorted({s.rpartition("@")[2].rstrip(">").casefold() for s in senders})

    def told(table: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"ours": ours, **table} if table.get("kind") in MAIL else table

    return [replace(p, channels=tuple(told(c) for c in channels_in(p))) for p in profiles]


def mail_doors(profiles: Iterable[PartnerProfile], place: Path) -> list[Any]:
    """Read every channel by which mail comes straight to us. Raises SettingsError CO-001, CO-002."""
    found = [(p.id, c) for p in profiles for c in channels_in(p) if c.get("kind") == SMTP]
    return [import_module("vado.channels.smtp").read(partner, c, place) for partner, c in found]


def every_way(profile: PartnerProfile, place: Path) -> list[tuple[str, Any]]:
    """Give (kind, what is said of it) of every channel of one partner. Raises SettingsError CO-001, CO-002."""
    here = with_ours([profile])
    keys_of([profile], place)  # says what is wrong with one; there is nothing else to try
    pulled, smtp, mllp = pull_ways(here, place), mail_doors(here, place), doors(here, place)
    return [*((way.kind, way) for way in pulled), *((SMTP, d) for d in smtp), *((MLLP, d) for d in mllp)]


def any_door(profiles: Iterable[PartnerProfile]) -> bool:
    """Say whether any partner sends by a channel that has to be kept open."""
    return any(channels_in(p) for p in profiles)


@contextmanager
def open_all(profiles: Iterable[PartnerProfile], place: Path, into: Into) -> Iterator[Doors]:
    """Open all of them, until it is left.

    Raises:
        SettingsError: a channel is wrong, or its port is in use.
    """
    incoming = with_ours(profiles)
    for profile in incoming:
        check_kinds(profile)
    pulled = [Puller(way, source_of(way, place / "data"), into) for way in pull_ways(incoming, place)]
    mllp, smtp = doors(incoming, place), mail_doors(incoming, place)
    pulses: dict[Any, Pulse] = {door: Pulse(door.partner, MLLP, door.name) for door in mllp}
    pulses |= {door: Pulse(door.partner, SMTP, door.name) for door in smtp}
    with ExitStack() as stack:
        board = stack.enter_context(Board([*pulses.values(), *(p.pulse for p in pulled)], place / "data"))
        ports = [*_listen(stack, mllp, smtp, into, partial(_heard, pulses))]
        for pulse in pulses.values():
            pulse.opened()
            stack.callback(pulse.opened, False)
        for puller in pulled:
            stack.enter_context(puller)
        yield Doors(tuple(ports), board)


def _listen(
    stack: ExitStack, mllp: tuple[Door, ...], smtp: list[Any], into: Into, heard: Callable[[Any, str], None]
) -> Iterator[tuple[str, int]]:
    """Open all ports; give kind and number of each."""
    if mllp:
        listener = stack.enter_context(Listener(mllp, into.take, heard))
        yield from (("MLLP", port) for port in listener.ports.values())
    if smtp:
        receiver = stack.enter_context(import_module("vado.channels.smtp").Receiver(smtp, into.take, heard, into.opened))
        yield from (("SMTP", port) for port in receiver.ports.values())


def source_of(way: PullWay, data: Path) -> Any:
    """Give what is looked at by a way; what it has to remember lies in the place's data folder."""
    return import_module(PULLED[way.kind]).source(way, data)


def _heard(pulses: Mapping[Any, Pulse], door: Any, code: str) -> None:
    if code:
        pulses[door].ill(code)
    else:
        pulses[door].well(taken=1)
