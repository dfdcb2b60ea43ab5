"""What all outgoing ends share: the keys of their [[channel]], certificates, secrets."""

import errno
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vado.errors import SettingsError, Undeliverable
from vado.model.original import PartnerId

LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
LONGEST = 120.0  # seconds that one sending may take: less than a delivery is kept for one process
_EVERY = {"kind", "name", "way"}  # keys that every channel may have


class Said:
    """The [[channel]] of a partner, key by key.

    Every getter raises SettingsError CO-002 for a value that does not fit; `end` CO-001 for a key nobody asked for.
    """

    def __init__(self, partner: PartnerId, table: Mapping[str, Any], place: Path) -> None:
        self._where, self._table, self._place, self._left = f"{partner}.toml", table, place, set(table) - _EVERY

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text; without a default it must be said."""
        value = self._get(key, default)
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise self.wrong(f"{key} has to be one line of text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts, at least one."""
        value = self._get(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.isprintable() for v in value):
            raise self.wrong(f"{key} has to be a list of texts")
        return tuple(value)

    def port(self, default: int | None = None) -> int:
        """Give the port."""
        value = self._get("port", default)
        if not isinstance(value, int) or not 0 < value < 65536:
            raise self.wrong("port has to be a number from 1 to 65535")
        return value

    def seconds(self) -> float:
        """Give how long one sending may take."""
        value = self._get("seconds", 30.0)
        if not isinstance(value, int | float) or not 0 < value <= LONGEST:
            raise self.wrong(f"seconds has to be a number up to {LONGEST:.0f}")
        return float(value)

    def yes_or_no(self, key: str) -> bool:
        """Give whether this is wished; not, if nothing is said."""
        value = self._get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is true or false")
        return value

    def one_of(self, key: str, *words: str) -> str:
        """Give one of these words; the first if nothing is said."""
        value = self.text(key, words[0])
        if value not in words:
            raise self.wrong(f"{key} is one of {', '.join(words)}")
        return value

    def path(self, key: str, default: str | None = "") -> Path | None:
        """Give a path of the place's folder; None when nothing is said."""
        value = self.text(key, default)
        return self._place / value if value else None

    def end(self) -> None:
        """Say that all keys have been asked for."""
        if self._left:
            raise SettingsError("CO-001", path=self._where, key=f"channel.{min(self._left)}")

    def wrong(self, fault: str) -> SettingsError:
        """Give the error that says what is wrong with this channel."""
        return SettingsError("CO-002", path=self._where, fault=f"channel {self._table.get('name', '')}: {fault}")

    def tls(self) -> ssl.SSLContext:
        """Give what to trust (client_ca or the machine's own list) and our certificate, where one is said."""
        ca, certificate, key = self.path("ca"), self.path("certificate"), self.path("key")
        if bool(certificate) != bool(key):
            raise self.wrong("a certificate needs its key")
        try:
            context = ssl.create_default_context(cafile=ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if certificate and key:
                context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as fault:
            raise self.wrong(f"certificate: {type(fault).__name__}") from fault
        return context

    def _get(self, key: str, default: Any) -> Any:
        self._left.discard(key)
        if key not in self._table and default is None:
            raise self.wrong(f"{key} must be said")
        return self._table.get(key, default)


def secret(path: Path) -> str:
    """Read a password or token from its file, each time anew: it may have been renewed. Raises Undeliverable DE-022."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise Undeliverable("DE-022", again=True, word=type(fault).__name__) from fault


def unreachable(fault: Exception) -> Undeliverable:
    """Give a fault of the network or disk as one that may pass: its kind only, since its text may hold anything."""
    number = getattr(fault, "errno", None)
    word = errno.errorcode.get(number, "") if isinstance(number, int) and not isinstance(fault, ssl.SSLError) else ""
    return Undeliverable("DE-001", again=True, fault=word or type(fault).__name__, private=fault)
