"""Ways in over HTTPS: who holds which key, and how much may come through it. [[channel]] kind = "fhir" or "upload" of a profile."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vado.errors import SettingsError
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile

FHIR, UPLOAD = "fhir", "upload"
_KNOWN = {"kind", "name", "key", "megabytes", "seconds", "notify", "payload", "import_from"}
_SHORTEST = 32  # letters of a key


@dataclass(frozen=True, slots=True)
class Key:
    """What a partner's key opens."""

    partner: PartnerId
    kind: str  # 'fhir' or 'upload'
    digest: bytes  # SHA-256 of the key: the key itself is not held
    megabytes: int = 20  # largest body
    seconds: float = 60.0  # in which a body must have come
    notify: tuple[str, ...] = ()  # beginnings of addresses that notices may go to: 'https://partner.example/hook'
    payload: str = "id-only"  # the most that a notice may hold: 'empty', 'id-only', 'full-resource'
    import_from: str = ""  # folder whose NDJSON files $import may take; "": none


class Keys:
    """All keys of a place."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = tuple(keys)

    def of(self, kind: str, told: str) -> Key | None:
        """Give what this key opens; every key is compared in full, so that the time says nothing."""
        digest = hashlib.sha256(told.encode()).digest()
        found = [k for k in self._keys if hmac.compare_digest(k.digest, digest) and k.kind == kind]
        return found[0] if found else None

    def destinations(self, partner: PartnerId) -> tuple[str, ...]:
        """Give the beginnings of the addresses that notices to a partner may go to."""
        return tuple(address for k in self._keys if k.partner == partner for address in k.notify)


def keys_of(profiles: Iterable[PartnerProfile], place: Path) -> Keys:
    """Read the keys of all profiles; paths are of the place's folder.

    Raises:
        SettingsError: CO-001, CO-002: a channel is wrong, or two partners hold one key.
    """
    found = [_key(p.id, c, place) for p in profiles for c in p.channels if c.get("kind") in {FHIR, UPLOAD}]
    owners: dict[bytes, PartnerId] = {}
    for key in found:
        if owners.setdefault(key.digest, key.partner) != key.partner:
            raise SettingsError("CO-002", path=f"{key.partner}.toml", fault="channel: this key is another partner's too")
    return Keys(found)


def _key(partner: PartnerId, said: Mapping[str, Any], place: Path) -> Key:
    where = f"{partner}.toml"
    if wrong := set(said) - _KNOWN:
        raise SettingsError("CO-001", path=where, key=f"channel.{min(wrong)}")
    try:
        told = (place / said["key"]).read_text("utf-8").strip()
        key = Key(
            partner, said["kind"], hashlib.sha256(told.encode()).digest(), int(said.get("megabytes", 20)), float(said.get("seconds", 60)),
            tuple(said.get("notify", ())), said.get("payload", "id-only"), str(place / said["import_from"]) if said.get("import_from") else "",
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, OSError) as fault:
        raise SettingsError("CO-002", path=where, fault=f"channel: {type(fault).__name__}; key is the path of a file") from fault
    if len(told) < _SHORTEST:
        raise SettingsError("CO-002", path=where, fault=f"channel: a key has {_SHORTEST} letters or more")
    if key.payload not in {"empty", "id-only", "full-resource"}:
        raise SettingsError("CO-002", path=where, fault="channel: payload is empty, id-only or full-resource")
    if any(not a.startswith(("https://", "http://")) or a.count("/") < 3 for a in key.notify):
        raise SettingsError(
            "CO-002", path=where, fault="channel: notify holds addresses with a path, 'https://partner.example/hook'"
        )
    return key
