"""Patient search and read (FHIR R4; PDQm ITI-78), Person, and what this server can do."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, product
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotFound
from vado.exchange import index
from vado.exchange.index import Found, Hits, Question
from vado.model.fact import FhirJson
from vado.model.person import Identifier, plain_letters, search_words
from vado.web.fhir import resources
from vado.web.fhir.answers import Refused, answer, base, fhir, who
from vado.web.fhir.capability import with_writing
from vado.web.smart import security

_COUNT, _MOST = 50, 200  # patients on a page
_WAYS = 20  # combinations of OR values that are looked up
_KEPT = 256  # searches whose further pages are kept
Fits = Callable[[FhirJson], bool]
Asked = tuple[str, str, str]  # name, modifier, value

_ADDRESS = {"address-city": "city", "address-country": "country", "address-postalcode": "postalCode", "address-state": "state"}
STRINGS = ("family", "given", "name", "address", *_ADDRESS)
PARAMETERS = ("_id", "active", "birthdate", "email", "gender", "identifier", "phone", "telecom", *STRINGS)
_CONTROL = {"_count", "_format", "_pretty", "_total", "_summary", "page", "_offset"}
_HOLDS: dict[str, tuple[str, ...]] = {
    "family": ("family",),
    "given": ("given",),
    "name": ("family", "given", "text", "prefix", "suffix"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A search whose pages may still be asked for: ids, never what was asked."""

    hits: Hits
    domains: frozenset[str]


@fhir
async def patients(request: Request) -> Response:
    """Search patients, with GET or POST; further pages by a token that says nothing of what was asked."""
    given = list(request.query_params.multi_items())
    if request.method == "POST":
        given += [(name, str(value)) for name, value in (await request.form()).multi_items()]
    controls = {name: value for name, value in given if name in _CONTROL}
    if "page" in controls:
        return _page(request, controls)
    used = [_asked(name, value) for name, value in given if name.partition(":")[0] in PARAMETERS and value]
    unknown = [name for name, _ in given if name.partition(":")[0] not in PARAMETERS and name not in _CONTROL]
    if unknown and "handling=strict" in request.headers.get("prefer", ""):
        raise Refused(400, "not-supported", "a search parameter is not known here")
    domains = _domains(request, used)
    found = _find(request, used)
    kept = Kept(found, domains)
    query = urlencode([(f"{n}:{m}" if m else n, v) for n, m, v in used])
    return _bundle(request, kept, 0, _number(controls, "_count", _COUNT), f"{base(request)}/Patient?{query}")


@fhir
def patient(request: Request) -> Response:
    """Read one Patient."""
    asked = who(request)
    found = index.give(asked.x, [request.path_params["id"]], asked.viewer)
    if found.withheld:
        raise Refused(403, "suppressed", "read from paper and not reviewed by a person: not given out")
    if not found.known:
        raise NotFound("RE-001")
    return answer(resources.patient(found.known[0]))


@fhir
def person(request: Request) -> Response:
    """Read one Person."""
    asked = who(request)
    return answer(resources.person(index.person_of(asked.x, asked.viewer, person=request.path_params["id"])))


@fhir
def persons(request: Request) -> Response:
    """Find the Person of a Patient: ?patient=Patient/id or ?link=Patient/id."""
    wanted = request.query_params.get("patient") or request.query_params.get("link") or ""
    if not wanted:
        raise Refused(400, "required", "Person is searched by patient or link")
    asked = who(request)
    try:
        found = [index.person_of(asked.x, asked.viewer, patient=wanted.rpartition("/")[2])]
    except NotFound:
        found = []
    entries = [
        {"fullUrl": f"{base(request)}/Person/{p.id}", "resource": resources.person(p), "search": {"mode": "match"}} for p in found
    ]
    return answer(resources.bundle({}, entries, len(entries), Found(())))


def _bundle(request: Request, kept: Kept, offset: int, count: int, own: str) -> Response:
    asked, here = who(request), base(request)
    hits = kept.hits
    found = index.give(asked.x, hits.ids[offset : offset + count], asked.viewer).known
    links = {"self": own}
    if count and offset + count < len(hits.ids):
        links["next"] = f"{here}/Patient?{urlencode({'page': _keep(request, kept), '_offset': offset + count, '_count': count})}"
    entries = [resources.entry(here, k, kept.domains) for k in found]
    return answer(resources.bundle(links, entries, len(hits.ids), Found((), hits.withheld, hits.crowded)))


def _keep(request: Request, kept: Kept) -> str:
    """Keep a search under a new unguessable token, or under the one it has; the oldest is forgotten."""
    pages: OrderedDict[str, Kept] = request.app.state.pages
    token = next((t for t, k in pages.items() if k is kept), "") or secrets.token_urlsafe(16)
    pages[token] = kept
    while len(pages) > _KEPT:
        pages.popitem(last=False)
    return token


def _page(request: Request, controls: dict[str, str]) -> Response:
    kept = request.app.state.pages.get(controls["page"])
    if kept is None:
        raise Refused(410, "not-found", "this page is kept no longer: search again")
    own = f"{base(request)}/Patient?{urlencode({k: controls[k] for k in ('page', '_offset', '_count') if k in controls})}"
    return _bundle(request, kept, _number(controls, "_offset", 0), _number(controls, "_count", _COUNT), own)


def _number(controls: dict[str, str], name: str, otherwise: int) -> int:
    text = controls.get(name, "")
    if text and not re.fullmatch(r"\d{1,6}", text):
        raise Refused(400, "value", f"{name} must be a number")
    return min(int(text), 10**6 if name == "_offset" else _MOST) if text else otherwise


def _asked(name: str, value: str) -> Asked:
    name, _, modifier = name.partition(":")
    if modifier and (modifier not in {"exact", "contains"} or name not in STRINGS):
        raise Refused(400, "not-supported", "a modifier is not known here")
    return name, modifier, value


def _domains(request: Request, used: list[Asked]) -> frozenset[str]:
    """Give the issuers that the answer is confined to (identifier=system|); raises Refused 404 for one that nobody knows."""
    found = frozenset(
        v[:-1] for n, _, value in used if n == "identifier" for v in _values(value) if v.endswith("|") and len(v) > 1
    )
    if any(not index.is_system(who(request).x, system) for system in found):
        raise Refused(404, "not-found", "targetSystem not found")
    return found


def _values(value: str) -> list[str]:
    """Split the OR values; a comma after a backslash belongs to the value."""
    return [re.sub(r"\\([,|$\\])", r"\1", v) for v in re.split(r"(?<!\\),", value) if v]


# finding: whom to look at, then who fits


def _find(request: Request, used: list[Asked]) -> Hits:
    asked = who(request)
    fits = [_fits(*one) for one in used]
    ids = [v for n, _, value in used if n == "_id" for v in _values(value)]
    words = [] if ids else list(_words(request, used))
    like = _like(used) if not ids and not words else None
    if not (ids or words or like):
        raise Refused(
            400, "too-costly", "search by _id, identifier, name, birth date, telephone or e-mail; the rest only narrows that"
        )
    question = Question(tuple(words), tuple(ids), like, lambda p: all(one(p) for one in fits))
    return index.find(asked.x, question, asked.viewer)


def _words(request: Request, used: list[Asked]) -> Iterable[tuple[str, ...]]:
    """Beginnings of words under which patients are found: every combination of the OR values, _WAYS at most."""
    choices = [[_beginnings(request, n, v) for v in _values(value)] for n, m, value in used if n in _STARTS and m != "contains"]
    ways = product(*([c for c in some if c] for some in choices if all(some)))
    found = [tuple(w for part in way for w in part) for way in islice(ways, _WAYS + 1)]
    if len(found) > _WAYS:
        raise Refused(400, "too-costly", "too many alternatives at once")
    return [way for way in found if way]


_STARTS = {"identifier", "family", "given", "name", "birthdate"}


def _beginnings(request: Request, name: str, value: str) -> tuple[str, ...]:
    """Give how the words of one value begin in the index, which leaves out particles and titles."""
    if name == "identifier":
        return tuple("".join(search_words(value.rpartition("|")[2])).split())
    if name == "birthdate":
        return (value.removeprefix("eq"),) if re.fullmatch(r"(eq)?\d{4}(-\d\d){0,2}", value) else ()
    normal = who(request).x.normalise
    d = normal(index.as_fact({"resourceType": "Patient", "name": [{"family": value}]}))
    return d.family or search_words(value)


def _like(used: list[Asked]) -> FhirJson | None:
    """Make a Patient that shares the telephone or e-mail asked for."""
    telecom = [
        {"system": system, "value": v.rpartition("|")[2]}
        for n, _, value in used
        if n in {"telecom", "phone", "email"}
        for v in _values(value)
        for system in ("phone", "email")
        if n in ("telecom", system)
    ]
    return {"resourceType": "Patient", "telecom": telecom} if telecom else None


def _fits(name: str, modifier: str, value: str) -> Fits:
    """Make the test of one parameter: any of its OR values."""
    tests = [_test(name, modifier, v) for v in _values(value)]
    return lambda patient: any(test(patient) for test in tests)


def _test(name: str, modifier: str, value: str) -> Fits:
    if name in STRINGS:
        return lambda p: any(_agrees(v, value, modifier) for v in _strings(p, name))
    if name == "identifier":
        system, bar, number = value.rpartition("|")
        if bar and not number:
            return lambda p: any(i.get("system") == system for i in p.get("identifier", ()))
        return lambda p: index.has_number(p, Identifier(system, number))
    if name == "birthdate":
        return _born(value)
    if name in {"telecom", "phone", "email"}:
        wanted = re.sub(r"[^\w@.]", "", value.rpartition("|")[2]).casefold()
        return lambda p: any(
            re.sub(r"[^\w@.]", "", t.get("value", "")).casefold().endswith(wanted) and name in ("telecom", t.get("system"))
            for t in p.get("telecom", ())
        )
    if name == "gender":
        return lambda p: p.get("gender") == value.rpartition("|")[2]
    if name == "active":
        return lambda p: p.get("active", True) is (value.rpartition("|")[2] == "true")
    return lambda p: p.get("id") == value


def _strings(patient: FhirJson, name: str) -> Iterable[str]:
    if name in _HOLDS:
        holders, keys = patient.get("name", ()), _HOLDS[name]
    else:
        keys = (_ADDRESS[name],) if name in _ADDRESS else ("line", "city", "district", "state", "postalCode", "country", "text")
        holders = patient.get("address", ())
    for holder in holders:
        for key in keys:
            said = holder.get(key, ())
            yield from [said] if isinstance(said, str) else said


def _agrees(said: str, wanted: str, modifier: str) -> bool:
    """FHIR string search: begins so, or has a word that does, letters plain; exact: the very same."""
    if modifier == "exact":
        return said == wanted
    one, other = plain_letters(said), plain_letters(wanted)
    if modifier == "contains":
        return other in one
    return one.startswith(other) or any(one[m.start() :].startswith(other) for m in re.finditer(r"\b\w", one))


def _born(value: str) -> Fits:
    found = re.fullmatch(r"(eq|ge|le|gt|lt)?(\d{4}(?:-\d\d(?:-\d\d)?)?)", value)
    if not found:
        raise Refused(400, "value", "birthdate must be a date, with eq, ge, le, gt or lt before it or nothing")
    sign, date = found[1] or "eq", found[2]

    def fits(patient: FhirJson) -> bool:
        born = patient.get("birthDate", "")
        if not born:
            return False
        low, high = born.ljust(10, "0"), born.ljust(10, "9")
        if sign == "eq":
            return born.startswith(date)
        after, before = high > date.ljust(10, "9"), low < date.ljust(10, "0")
        return {"gt": after, "lt": before, "ge": after or born.startswith(date), "le": before or born.startswith(date)}[sign]

    return fits


@fhir
def metadata(request: Request) -> Response:
    """Say what this server can do, as a CapabilityStatement."""
    kinds = {
        "_id": "token",
        "identifier": "token",
        "active": "token",
        "gender": "token",
        "telecom": "token",
        "phone": "token",
        "email": "token",
    }
    search = [{"name": n, "type": kinds.get(n, "date" if n == "birthdate" else "string")} for n in PARAMETERS]
    operations = [
        {"name": "match", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match"},
        {"name": "ihe-pix", "definition": "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix"},
    ]
    reads = [{"code": "read"}, {"code": "search-type"}]
    can_find = getattr(request.app.state, "find", None) is not None
    return answer(with_writing({
        "resourceType": "CapabilityStatement", "status": "active", "date": who(request).x.clock().isoformat(), "kind": "instance",
        "implementation": {"description": "Vado: the master patient index", "url": base(request)},
        "fhirVersion": "4.0.1", "format": ["json"],
        "rest": [{"mode": "server", "security": security(request), "resource": [
            {"type": "Patient", "interaction": reads, "searchParam": search, "operation": operations},
            {"type": "Person", "interaction": reads, "searchParam": [{"name": n, "type": "reference"} for n in ("patient", "link")]},
        ]}],
    }, conditions=can_find))  # fmt: skip
