"""Every way in that the partners' profiles name, by its kind, opened together."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from vado.channels.health import Board, Health, Pulse
from vado.channels.mllp import CHANNEL as MLLP
from vado.channels.mllp import Door, Listener, doors
from vado.channels.pull import Into, Puller
from vado.channels.said import PullWay
from vado.errors import SettingsError
from vado.model.partner import PartnerProfile

PULLED = {"folder": "vado.channels.watched"}  # kind -> module with read and source; loaded when a profile names it
LISTENING = (MLLP,)
KINDS = (*PULLED, *LISTENING)


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
    """Give the [[channel]]s of a profile by which the partner sends; those with way = "out" are for what is sent to it."""
    return tuple(c for c in profile.channels if c.get("way", "in") != "out")


def ways(profiles: Iterable[PartnerProfile], place: Path) -> list[PullWay]:
    """Read and check every channel by which Vado fetches.

    Raises:
        SettingsError: CO-001, CO-002: a kind, key or value is wrong, or two channels of a partner have one name.
    """
    found: list[PullWay] = []
    for profile in profiles:
        here = channels_in(profile)
        for table in here:
            if (kind := table.get("kind")) not in KINDS:
                fault = f"channel: kind is one of {', '.join(sorted(KINDS))}, not {kind}"
                raise SettingsError("CO-002", path=f"{profile.id}.toml", fault=fault)
            if kind in PULLED:
                found.append(import_module(PULLED[kind]).read(profile.id, table, place))
        names = [str(t.get("name", t["kind"])) for t in here]
        if twice := {n for n in names if names.count(n) > 1}:
            fault = f"channel: {min(twice)} is there twice; give each a name"
            raise SettingsError("CO-002", path=f"{profile.id}.toml", fault=fault)
    return found


def any_door(profiles: Iterable[PartnerProfile]) -> bool:
    """Say whether any partner sends by a channel that has to be kept open."""
    return any(channels_in(p) for p in profiles)


@contextmanager
def open_all(profiles: Iterable[PartnerProfile], place: Path, into: Into) -> Iterator[Doors]:
    """Open all of them, until it is left.

    Raises:
        SettingsError: a channel is wrong, or its port is in use.
    """
    incoming = [replace(p, channels=channels_in(p)) for p in profiles]
    data = place / "data"
    pulled = [Puller(way, source_of(way, data), into) for way in ways(incoming, place)]
    mllp = doors(incoming, place)
    pulses = {door: Pulse(door.partner, MLLP, door.name) for door in mllp}
    ports: list[tuple[str, int]] = []
    with ExitStack() as stack:
        board = stack.enter_context(Board([*pulses.values(), *(p.pulse for p in pulled)], data))
        if mllp:
            listener = stack.enter_context(Listener(mllp, into.take, partial(_heard, pulses)))
            ports += [("MLLP", port) for port in listener.ports.values()]
        for pulse in pulses.values():
            pulse.opened()
            stack.callback(pulse.opened, False)
        for puller in pulled:
            stack.enter_context(puller)
        yield Doors(tuple(ports), board)


def source_of(way: PullWay, data: Path) -> Any:
    """Give what is looked at by a way; what it has to remember lies in the place's data folder."""
    return import_module(PULLED[way.kind]).source(way, data)


def _heard(pulses: Mapping[Door, Pulse], door: Door, code: str) -> None:
    if code:
        pulses[door].ill(code)
    else:
        pulses[door].well(taken=1)
