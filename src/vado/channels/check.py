"""Ask a channel whether it would work, and leave nothing behind: what `vado partner check` shows.

Texts are English and the key of their Spanish translation; {slots} hold no name of a file or person.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography import x509

from vado.channels.said import secret
from vado.errors import VadoError

_SOON = 30  # days before the end of a certificate that are worth a word
_FEW = 1000  # things counted at most


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    says: str  # English, with {slots}
    slots: tuple[tuple[str, str], ...] = ()
    code: str = ""  # of the fault that was met; its text is `says`


def found(good: bool, says: str, **slots: object) -> Finding:
    """Make a finding."""
    return Finding(good, says, tuple((k, str(v)) for k, v in slots.items()))


def check_way(kind: str, way: Any, data: Path) -> Iterator[Finding]:
    """Look at one channel; a fault ends the looking and is the last finding."""
    looks = {"folder": _folder, "imap": _imap, "sftp": _sftp, "store": _waiting, "smtp": _listens, "mllp": _listens}
    try:
        yield from looks[kind](way, data)
    except VadoError as fault:
        yield Finding(False, fault.kind.what, tuple((k, str(v)) for k, v in fault.slots.items()), fault.code)


def _folder(way: Any, data: Path) -> Iterator[Finding]:
    there = way.path.is_dir()
    yield found(True, "The folder is there." if there else "The folder is not there yet; it is made when the server starts.")
    above = next(p for p in (way.path, *way.path.parents) if p.exists())
    good = os.access(above, os.W_OK | os.X_OK)
    yield found(
        good, "Files can be moved there." if good else "Vado may not write there: files could not be moved when taken in."
    )
    if there:
        yield from _waiting(way, data)


def _imap(way: Any, data: Path) -> Iterator[Finding]:
    secret("password", way.password)
    yield found(True, "The password file is for Vado alone.")
    yield from _waiting(way, data)
    if until := import_module(_MODULES[way.kind]).certificate_until(way):
        yield found(True, "The server's certificate is accepted.")
        yield _ends(until)


def _sftp(way: Any, data: Path) -> Iterator[Finding]:
    kind, print_ = import_module("vado.channels.ssh").shown_key(way)
    yield found(True, "The server shows the key {kind} {fingerprint}.", kind=kind, fingerprint=print_)
    yield from _waiting(way, data)
    yield found(True, "Its key is the one that is known.")


def _waiting(way: Any, data: Path) -> Iterator[Finding]:
    """Look as the channel does, and take nothing."""
    source = import_module(_MODULES[way.kind]).source(way, data)
    with source.look() as items:
        ripe = sum(1 for _, _ in zip(items, range(_FEW), strict=False))
    yield found(True, "It can be reached; {count} wait there.", count=max(ripe, ripe + source.waiting))


_MODULES = {
    "folder": "vado.channels.watched",
    "imap": "vado.channels.imap",
    "sftp": "vado.channels.sftp",
    "store": "vado.channels.store",
}


def _listens(way: Any, _: Path) -> Iterator[Finding]:
    if way.certificate:
        yield from _certificate(Path(way.certificate))
    with socket.socket(socket.AF_INET6 if ":" in way.host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((way.host, way.port))
            yield found(True, "Port {port} is free.", port=way.port)
        except OSError:
            answers = _answers(way.host, way.port)
            says = (
                "Port {port} is open already: by `vado serve`, or by something else."
                if answers
                else "Port {port} cannot be opened."
            )
            yield found(answers, says, port=way.port)


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, port), timeout=3):  # noqa: S104 - asked, not bound
        return True
    return False


def _certificate(path: Path) -> Iterator[Finding]:
    try:
        yield _ends(x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc)
    except (OSError, ValueError) as fault:
        yield found(False, "The certificate cannot be read: {fault}.", fault=type(fault).__name__)


def _ends(until: datetime) -> Finding:
    days = (until - datetime.now(UTC)).days
    if days < 0:
        return found(False, "The certificate ended on {day}.", day=f"{until:%Y-%m-%d}")
    says = "The certificate is valid until {day}." if days > _SOON else "The certificate ends soon, on {day}: ask for a new one."
    return found(True, says, day=f"{until:%Y-%m-%d}")
