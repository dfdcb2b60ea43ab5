"""Which id a resource gets, and which resource a reference means. A short id says whom only together with whose it is."""

import re
from typing import Any
from urllib.parse import unquote

import orjson

from vado.incoming.fhir.versions import to_r4
from vado.model.fact import FhirJson, patient_id
from vado.model.original import stable_id
from vado.model.reading import Item, Reading

_SERVED = {"searchset", "history", "batch", "batch-response", "transaction-response"}  # a server tells its own ids
_UNIQUE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-2](\.\d+){5,}")  # UUID, OID
_IDENTIFIER = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)\?identifier=([^|&]*)\|([^&]+)")


class Source:
    """One resource as it came; `resource` is {} for an entry without one."""

    def __init__(self, item: Item) -> None:
        plain: dict[str, Any] = orjson.loads(item.value)
        entry = "resourceType" not in plain
        self.item = item
        self.resource: FhirJson = to_r4(as_dict(plain.get("resource")) if entry else plain)
        self.entry: FhirJson = plain if entry else {}
        self.full_url = str(self.entry.get("fullUrl") or "")
        self.kind = str(self.resource.get("resourceType") or "")
        self.own_id = str(self.resource.get("id") or "")
        self.holder = item.place.path.rpartition(".entry[")[0]  # path of its Bundle; "" outside one
        self.base = _base(self.full_url)
        self.served = not self.holder  # set for entries when their Bundle's type is known
        self.id = ""  # ours

    @property
    def identifiers(self) -> list[FhirJson]:
        """Give its identifiers with system and value, all of the right shape."""
        told = [i for i in as_list(self.resource.get("identifier")) if isinstance(i, dict)]
        return [_plain(i) for i in told if all(isinstance(i.get(k), str) and i[k] for k in ("system", "value"))]

    def key(self, own_id: str, base: str = "") -> tuple[str, ...]:
        """Give what names this id for ever among all originals of the partner; () when only this Bundle knows it."""
        if _UNIQUE.fullmatch(own_id):
            return ("id", own_id.lower())
        base = base or self.base
        if not own_id or not self.served or (self.holder and not base):
            return ()
        return ("id", base, own_id) if base else ("id", own_id)


class Index:
    """All resources of an original by every name that others may use."""

    def __init__(self, sources: list[Source]) -> None:
        self._found: dict[str, list[Source]] = {}
        for s in sources:
            names = {s.full_url, f"{s.kind}/{s.own_id}" if s.own_id else "", f"urn:uuid:{s.own_id}" if s.own_id else ""}
            names |= {f"{s.kind}?{i['system']}|{i['value']}" for i in s.identifiers}
            for name in names - {""}:
                self._found.setdefault(name, []).append(s)

    def by_identifier(self, kind: str, system: str, value: str, near: Source) -> Source | None:
        """Give the one resource that carries this identifier."""
        return _one(self._found.get(f"{kind}?{system}|{value}", []), near)

    def by_reference(self, reference: str, near: Source) -> Source | None:
        """Give what a literal reference means: its fullUrl, else the same base, else the same Bundle. FHIR R4 2.36.4.1."""
        base, tail = split(reference)
        if base or reference.startswith("urn:"):
            exact = _one(self._found.get(reference, []), near)
            same = [s for s in self._found.get(tail, []) if base and s.base in ("", base)]
            return exact or _one(same, near)
        exact = _one(self._found.get(f"{near.base}/{tail}", []), near) if near.base else None
        return exact or _one([s for s in self._found.get(tail, []) if not (s.base and near.base) or s.base == near.base], near)


def learn_types(sources: list[Source]) -> None:
    """Entries know afterwards whether a server told them."""
    types = {s.item.place.path: s.resource.get("type") for s in sources if s.kind == "Bundle"}
    for s in sources:
        s.served = not s.holder or str(types.get(s.holder)) in _SERVED


def name_all(sources: list[Source], reading: Reading, partner: str) -> None:
    """Give each resource its id; two different resources never get the same."""
    seen: dict[str, bytes] = {}
    for s in sources:
        body = orjson.dumps(s.resource, option=orjson.OPT_SORT_KEYS)
        s.id = _name(s, reading, partner)
        if seen.setdefault(s.id, body) != body:
            s.id = stable_id(partner, s.kind, reading.original, s.item.place.path)


def _name(s: Source, reading: Reading, partner: str) -> str:
    key = s.key(s.own_id)
    if key:
        return stable_id(partner, s.kind, *key)
    path = f"{s.holder} id {s.own_id}" if s.own_id else s.item.place.path
    if s.kind == "Patient":
        return patient_id(partner, s.identifiers, reading.original, path)
    if s.identifiers:
        return stable_id(partner, s.kind, "identifier", s.identifiers[0]["system"], s.identifiers[0]["value"])
    return stable_id(partner, s.kind, reading.original, path)


def asked(reference: str) -> tuple[str, str, str] | None:
    """Read a conditional reference as (type, system, value). FHIR R4 3.1.0.11.2 (transaction, conditional references)."""
    match = _IDENTIFIER.fullmatch(reference)
    return (match[1], unquote(match[2]), unquote(match[3])) if match else None


def split(reference: str) -> tuple[str, str]:
    """Split a reference into the server's base ("" for none) and 'Type/id'."""
    plain = reference.partition("/_history/")[0]
    tail = "/".join(plain.rsplit("/", 2)[-2:])
    return (_base(plain), tail) if _base(plain) else ("", plain)


def _base(url: str) -> str:
    return url.rsplit("/", 2)[0] if url.startswith(("http://", "https://")) and url.count("/") > 4 else ""


def _one(found: list[Source], near: Source) -> Source | None:
    """Choose the one of the same Bundle; one of another only if its id holds there too; never one of several."""
    for some in ([s for s in found if s.holder == near.holder], [s for s in found if s.key(s.own_id)]):
        same = [s for s in some if s.base == near.base]
        for choice in (some, same):
            if len({s.id for s in choice}) == 1:
                return choice[0]
    return None


def _plain(identifier: FhirJson) -> FhirJson:
    codings = [c for c in as_list(as_dict(identifier.get("type")).get("coding")) if isinstance(c, dict)]
    codes = [{"code": c["code"]} for c in codings if isinstance(c.get("code"), str)]
    return {"system": identifier["system"], "value": identifier["value"], "type": {"coding": codes}}


def as_list(value: Any) -> list[Any]:
    """Give the list, or [] for anything else."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """Give the object, or {} for anything else."""
    return value if isinstance(value, dict) else {}
