"""Settings: vado.toml of a place, overruled by VADO_ variables; read once at the start, then frozen."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from vado.errors import SettingsError

FILE = "vado.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an operator may choose. Each field can be set in vado.toml, or as VADO_<FIELD> in the environment."""

    place: Path
    """Folder of this Vado place: vado.toml, partners/, data/."""
    database: str = ""
    """Database URL: postgresql://user@host/name. Empty: SQLite in data/vado.sqlite of the place."""
    language: str = "en"
    """Language of pages and tables: en or es. Pages follow what each reader chose, or else their browser."""
    time_zone: str = "UTC"
    """By whose clock pages and papers tell people of times: an IANA name, Europe/Madrid. What is stored, FHIR and the log keep UTC."""
    host: str = "127.0.0.1"
    """Address to serve pages on. One that is not loopback needs accounts, `public_names`, and TLS: `tls_certificate` or `trusted_proxy`."""
    port: int = 8642
    """Port to serve pages on; 0 lets the machine choose a free one."""
    public_names: str = ""
    """Names under which the pages are called, comma between: vado.example.org. Others are refused. Empty: loopback names only."""
    tls_certificate: str = ""
    """Path of the certificate (PEM, with its chain) that pages are served with. Empty: no TLS of our own."""
    tls_key: str = ""
    """Path of the private key (PEM) of that certificate."""
    trusted_proxy: str = ""
    """Address of the proxy before us that ends TLS and says who calls (X-Forwarded-For, -Proto); comma between. Nobody else is believed."""
    sign_in_issuer: str = ""
    """Address (OpenID Connect issuer) of a provider by which people sign in besides passwords: https://login.example.org."""
    sign_in_client: str = ""
    """Under which name that provider knows this Vado (client_id)."""
    sign_in_secret: str = ""
    """Path of the file with the secret that goes with that name; empty where it asks for none."""
    session_minutes: int = 30
    """Minutes after which a session of pages ends when nobody used it."""
    session_hours: int = 12
    """Hours after which a session of pages ends however much it is used."""
    passkey_domain: str = ""
    """Domain that passkeys are made for: example.org, where pages are called vado.example.org. Empty: the name they are called by."""
    requests_per_minute: int = 3000
    """Requests a minute that one address may make, all in all; 0: no limit. Not counted: this very machine, and programs with a token."""
    account_requests_per_minute: int = 1200
    """Requests a minute that one signed-in person may make; 0: no limit."""
    program_requests_per_minute: int = 0
    """Requests a minute that one program with a token may make; 0: no limit."""
    searches_per_minute: int = 60
    """Searches for people a minute by one signed-in person, on pages or over FHIR; 0: no limit."""
    sign_ins_per_minute: int = 60
    """Tries to sign in a minute from one address, besides five for one name in a quarter of an hour; 0: no limit."""
    uploads_per_minute: int = 60
    """Files a minute handed over on pages from one address; 0: no limit. Programs with a key are not counted."""
    tokens_per_minute: int = 120
    """Tokens a minute that programs of one address may ask for; 0: no limit."""
    ask_reason: bool = False
    """Whether practitioners say why they look at records, once a session, before the first is shown: true or false."""
    reply_days: int = 30
    """Days within which a person is owed a reply to a question, a dispute or a correction."""
    invitation_days: int = 30
    """Days for which the code in a letter of invitation is good."""
    read_seconds: int = 60
    """Seconds one file may take to be read before it is stopped and held."""
    read_megabytes: int = 1000
    """Megabytes of memory that reading one file may take before it is stopped and held."""
    read_processes: int = 2
    """Files read side by side, each in a process of its own; one per core at most."""
    original_megabytes: int = 256
    """Largest file taken in, in megabytes."""

    @property
    def database_url(self) -> str:
        """The database to open."""
        return self.database or f"sqlite:///{self.place / 'data' / 'vado.sqlite'}"

    @property
    def zone(self) -> tzinfo:
        """The clock that people are told times by."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    @classmethod
    def load(cls, place: Path, environ: Mapping[str, str]) -> "Settings":
        """Read the settings of a place.

        Raises:
            SettingsError: CO-003 no place here; CO-001 unknown setting; CO-002 a value that does not fit.
        """
        path = place / FILE
        if not path.is_file():
            raise SettingsError("CO-003")
        try:
            given: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise SettingsError("CO-002", path=FILE, fault=str(fault)) from fault
        known = {f.name: f.type for f in fields(cls) if f.name != "place"}
        variables = {k: v for k, v in environ.items() if k.startswith("VADO_") and k not in _OTHERS}
        for key in given.keys() - known:
            raise SettingsError("CO-001", path=FILE, key=key)
        for variable, value in variables.items():
            key = variable.removeprefix("VADO_").lower()
            if key not in known:
                raise SettingsError("CO-001", path="environment", key=variable)
            given[key] = value
        return replace(cls(place.resolve()), **{k: _fitting(k, v, known[k]) for k, v in given.items()})


# not settings: which place; what tests write and read
_OTHERS = {"VADO_PLACE", "VADO_GOLDEN", "VADO_CORPUS", "VADO_FUZZ_SECONDS", "VADO_FUZZ_SEED"}


def _fitting(key: str, value: Any, kind: Any) -> Any:
    if kind is bool:
        if str(value).lower() not in {"true", "false"}:
            raise SettingsError("CO-002", path=key, fault="true or false")
        return str(value).lower() == "true"
    try:
        fitted = int(value) if kind is int else str(value)
    except ValueError as fault:
        raise SettingsError("CO-002", path=key, fault="a whole number is needed") from fault
    if key == "language" and fitted not in {"en", "es"}:
        raise SettingsError("CO-002", path=key, fault="en or es")
    if key == "time_zone" and fitted not in available_timezones():
        raise SettingsError("CO-002", path=key, fault="the IANA name of a time zone, as Europe/Madrid")
    if isinstance(fitted, int) and fitted < 0:
        raise SettingsError("CO-002", path=key, fault="must not be negative")
    return fitted


def find_place(given: str | None, environ: Mapping[str, str], here: Path) -> Path:
    """Find the place that is meant: named, then VADO_PLACE, then this folder or one above it. Raises CO-003."""
    named = given or environ.get("VADO_PLACE")
    if named:
        return Path(named)
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise SettingsError("CO-003")
