"""What a request comes to, as things stand: which fact each change is about, which version it makes, what each reference means."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import orjson

from vado.errors import Refusal
from vado.exchange.interact.wanted import Wanted, check_told, in_order
from vado.exchange.ports import Transaction
from vado.model.fact import Fact, FhirJson, as_it_stands
from vado.model.interaction import own_id, posted_id
from vado.model.original import PartnerId, original_id
from vado.tools.patch import WrongPatch, patched

# (the open transaction, facts) -> those of them that the asker may know to be there
Knows = Callable[[Transaction, Iterable[Fact]], tuple[Fact, ...]]
# (the open transaction, type, search parameters as in an address) -> ids that fit; more than two need not be told
Find = Callable[[Transaction, str, str], tuple[str, ...]]


def cannot_find(tx: Transaction, kind: str, query: str) -> tuple[str, ...]:  # noqa: ARG001 - the port's arguments
    """Stand where there is no search index. Raises Refusal FH-046."""
    raise Refusal("FH-046", fault="there is no search here")


@dataclass(frozen=True, slots=True)
class Step:
    """One change as it will be done."""

    wanted: Wanted
    id: str  # of the fact
    version: int  # that stands afterwards; 0: nothing ever stood there
    status: int  # HTTP: 201 made, 200 changed or as it was, 204 taken back or nothing to do
    resource: FhirJson | None = field(default=None, repr=False)  # to be told; None: nothing is
    before: Fact | None = None  # the telling in force
    removes: bool = False

    @property
    def tells(self) -> bool:
        """Say whether a telling is made."""
        return self.resource is not None or self.removes

    @property
    def name(self) -> str:
        """Give 'Type/id'."""
        return f"{self.wanted.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of a request, in the order of the Bundle, and what its references mean."""

    steps: tuple[Step, ...]
    points: Mapping[str, str] = field(default_factory=dict)
    known: tuple[Fact, ...] = ()  # facts that are pointed to and stood before

    @property
    def shape(self) -> tuple[Any, ...]:
        """Give what must not have changed when the plan is done."""
        return tuple((s.name, s.version, s.status, s.removes) for s in self.steps), tuple(sorted(self.points.items()))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who writes."""

    partner: PartnerId
    name: str  # for the audit trail
    base: str  # our address as the asker knows it, 'https://.../fhir'
    find: Find = cannot_find  # finds resources by a condition
    scopes: tuple[str, ...] = ()  # of its token; (): all that a partner may tell
    knows: Knows = lambda _, facts: tuple(facts)  # whatever of others' it does not know is as if not there


def plan(tx: Transaction, asker: Asker, changes: Iterable[Wanted]) -> Plan:
    """Say what the changes come to, as the store stands.

    Raises:
        Refusal: a condition does not hold, the fact is another's, a reference leads nowhere, a resource is not valid.
    """
    steps: dict[str, Step] = {}
    posted: dict[str, int] = {}
    met: dict[str, Step] = {}  # condition -> the change that it led to: what this request itself will tell stands on no index yet
    for change in in_order(changes):
        condition = condition_of(change)
        step = _again(change, met[condition]) if condition in met else _planned(tx, asker, change, posted)
        if condition:
            met.setdefault(condition, step)
        if step.tells and step.name in (s.name for s in steps.values() if s.tells):
            raise Refusal("FH-040", faults=((change.place, "the same resource is changed twice"),))
        steps[change.place] = step
    ordered = tuple(steps[c.place] for c in changes)
    points, known = _points(tx, asker, ordered)
    return Plan(ordered, points, known)


def condition_of(w: Wanted) -> str:
    """Give the condition of a change as a conditional reference writes it, 'Patient?identifier=a|1'; '' for none."""
    query = w.if_none_exist.lstrip("?") if w.method == "POST" else w.query
    return f"{w.kind}?{query}" if query else ""


def _again(w: Wanted, earlier: Step) -> Step:
    """What the same condition made earlier in this request is there already. Raises Refusal FH-040 for any other change of it."""
    if w.method != "POST" or earlier.wanted.method != "POST":
        raise Refusal("FH-040", faults=((w.place, "the same condition is used by another change"),))
    return Step(w, earlier.id, earlier.version, 200)


def _planned(tx: Transaction, asker: Asker, w: Wanted, posted: dict[str, int]) -> Step:
    if w.method == "GET":
        found = tx.facts_named([w.id]) if w.id else ()
        return Step(w, w.id, len(tx.versions(w.id)) if found else 0, 200 if found else 404, before=found[0] if found else None)
    return _created(tx, asker, w, posted) if w.method == "POST" else _changed(tx, asker, w)


def _created(tx: Transaction, asker: Asker, w: Wanted, posted: dict[str, int]) -> Step:
    resource, partner = w.resource or {}, asker.partner
    if w.kind == "Binary":
        return _file(w, resource)
    if w.if_none_exist and (met := _one(_own(tx, partner, asker.find(tx, w.kind, w.if_none_exist.lstrip("?"))))):
        versions = tx.versions(met)
        return Step(w, met, len(versions), 200, before=versions[0] if versions else None)
    plain = {k: v for k, v in resource.items() if k != "id"}
    mark = sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()
    posted[mark] = posted.get(mark, 0) + 1
    id_ = posted_id(partner, plain, mark if posted[mark] == 1 else f"{mark} {posted[mark]}")
    versions = tx.versions(id_)
    return Step(
        w, id_, len(versions) + 1, 200 if versions and not versions[0].removed else 201, plain, versions[0] if versions else None
    )


def _file(w: Wanted, resource: FhirJson) -> Step:
    """A Binary is named by its bytes: it is an original of its own, not a fact."""
    try:
        raw = base64.b64decode(str(resource.get("data") or ""), validate=False)
    except binascii.Error:
        raw = b""
    if not raw:
        raise Refusal("FH-034", faults=((w.place, "a Binary without data"),))
    return Step(w, original_id(raw), 1, 201, resource)


def _changed(tx: Transaction, asker: Asker, w: Wanted) -> Step:
    partner = asker.partner
    if w.kind == "Binary":
        raise Refusal("FH-045")
    id_ = w.id or _one(_own(tx, partner, asker.find(tx, w.kind, w.query))) or _id_in(w)
    if w.query and w.id == "" and w.resource and w.resource.get("id") not in (None, id_):
        raise Refusal("FH-035", fault="the id in the body is not of the resource that the condition finds")
    versions = tx.versions(id_) if id_ else ()
    if id_ and not asker.knows(tx, versions[:1]):
        id_ = own_id(partner, w.kind, id_)
        versions = tx.versions(id_)
    before = versions[0] if versions else None
    stands = before is not None and not before.removed
    if before and before.kind != w.kind:
        raise Refusal("FH-037")
    if before and before.evidence.partner != partner:
        raise Refusal("FH-032", faults=((w.place, "told by another partner"),))
    _check_conditions(w, len(versions) if stands else 0)
    if w.method == "DELETE":
        return Step(w, id_, len(versions) + stands, 204, before=before, removes=stands)
    if w.method == "PATCH":
        if before is None or not stands:
            raise Refusal("FH-033" if before else "FH-037")
        return Step(w, id_, len(versions) + 1, 200, _after_patch(w, as_it_stands(versions)), before)
    resource = w.resource or {}
    if not id_:
        plain = {k: v for k, v in resource.items() if k != "id"}
        id_ = posted_id(partner, plain, sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest())
        versions = tx.versions(id_)
        before, stands = (versions[0], not versions[0].removed) if versions else (None, False)
    return Step(w, id_, len(versions) + 1, 200 if stands else 201, resource, before)


def _id_in(w: Wanted) -> str:
    return str(w.resource.get("id") or "") if w.method == "PUT" and w.resource else ""


def _check_conditions(w: Wanted, stands: int) -> None:
    """`stands`: number of the version in force, 0 when there is none. RFC 9110 13.1; FHIR R4 3.1.0.5."""
    if w.if_match and (not stands or (w.if_match.strip() != "*" and f'"{stands}"' not in w.if_match)):
        raise Refusal("FH-030", faults=((w.place, "another version stands there"),))
    if w.if_none_match.strip() == "*" and stands:
        raise Refusal("FH-030", faults=((w.place, "there is one already"),))


def _after_patch(w: Wanted, stands: Fact) -> FhirJson:
    try:
        made = patched(stands.resource, w.patch)
    except WrongPatch as fault:
        raise Refusal("FH-041", faults=((w.place, fault.why),), fault=fault.why) from None
    if made.get("id") != stands.id or made.get("resourceType") != stands.kind:
        raise Refusal("FH-041", faults=((w.place, "id and type cannot be patched"),), fault="id and type cannot be patched")
    check_told(made, w.place)
    return made


def _own(tx: Transaction, partner: PartnerId, found: Iterable[str]) -> tuple[str, ...]:
    """Leave out what others told: each partner's records are its own, and a condition changes nobody else's."""
    told = {i: tx.versions(i) for i in found}
    return tuple(i for i, versions in told.items() if not versions or versions[0].evidence.partner == partner)


def _one(found: Iterable[str]) -> str:
    """Give the one that was found, '' for none. Raises Refusal FH-031 for several."""
    ids = tuple(dict.fromkeys(found))
    if len(ids) > 1:
        raise Refusal("FH-031")
    return ids[0] if ids else ""


# references


def _points(tx: Transaction, asker: Asker, steps: tuple[Step, ...]) -> tuple[dict[str, str], tuple[Fact, ...]]:
    """Say what each reference means: what is in the request first, then what stands here, then the partner's own ids."""
    here: dict[str, str] = {}
    for step in steps:
        if step.resource is not None or step.status == 200:
            own = step.wanted.id or str((step.wanted.resource or {}).get("id") or "")
            names = (step.wanted.full_url, f"{step.wanted.kind}/{own}" if own else "", condition_of(step.wanted))
            here |= dict.fromkeys(filter(None, names), step.name)
            here[step.name] = step.name
    points: dict[str, str] = {}
    asked: dict[str, list[str]] = {}  # 'Type/id' -> places and the words that were used
    for step in steps:
        start = step.wanted.kind if not step.wanted.place.startswith("Bundle") else f"{step.wanted.place}.resource"
        for path, written in references(step.resource, start):
            plain = written.removeprefix(f"{asker.base}/").partition("/_history/")[0]
            if written in here or plain in here:
                points[written] = here.get(written) or here[plain]
            elif "?" in plain and not plain.startswith(("http:", "https:", "urn:")):
                points[written] = _by_condition(tx, plain, path, asker.find)
            elif plain.startswith("urn:uuid:") or ("/" in plain and not plain.startswith(("http:", "https:", "urn:"))):
                asked.setdefault(written, [plain]).append(path)
    known = _look_up(tx, asker, asked, points)
    targets = {t.partition("/")[2] for t in points.values()} - {s.id for s in steps}
    return points, known or (tx.facts_named(sorted(targets)) if targets else ())


def _look_up(tx: Transaction, asker: Asker, asked: Mapping[str, list[str]], points: dict[str, str]) -> tuple[Fact, ...]:
    wanted: dict[str, tuple[str, str]] = {}
    for written, (plain, *_) in asked.items():
        kind, _, id_ = plain.partition("/")
        wanted[written] = (id_, own_id(asker.partner, kind, id_))
    there = tx.facts_named({i for pair in wanted.values() for i in pair}) if wanted else ()
    found = {f.id: f for f in asker.knows(tx, there)}
    wrong: list[tuple[str, str]] = []
    for written, ids in wanted.items():
        kind = asked[written][0].partition("/")[0]
        fact = next((found[i] for i in ids if i in found and found[i].kind == kind), None)
        if fact:
            points[written] = f"{kind}/{fact.id}"
        elif kind == "Binary" or (kind == "Organization" and ids[0].startswith("partner-")):
            points[written] = asked[written][0]
        else:
            wrong += [(path, "leads nowhere") for path in asked[written][1:]]
    if wrong:
        raise Refusal("FH-038", faults=tuple(wrong[:50]))
    others = {p.partition("/")[2] for p in points.values()} - found.keys()
    return (*found.values(), *(tx.facts_named(sorted(others)) if others else ()))


def _by_condition(tx: Transaction, written: str, path: str, find: Find) -> str:
    kind, _, query = written.partition("?")
    found = tuple(dict.fromkeys(find(tx, kind, query))) if parse_qs(query) else ()
    if len(found) != 1:
        raise Refusal(
            "FH-038" if not found else "FH-031",
            faults=((path, "the condition fits none" if not found else "the condition fits several"),),
        )
    return f"{kind}/{found[0]}"


def references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give (FHIRPath, reference) of each literal reference that leads out of the resource, those of attachments included."""
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from references(one, f"{path}[{n}]")
    elif isinstance(value, dict):
        written = value.get("reference")
        if isinstance(written, str) and not written.startswith("#"):
            yield f"{path}.reference", written
        url = value.get("url")
        if isinstance(url, str) and "contentType" in value and url.startswith(("urn:uuid:", "Binary/")):
            yield f"{path}.url", url
        for key, one in value.items():
            if isinstance(one, dict | list):
                yield from references(one, f"{path}.{key}")


def without(step: Step) -> Step:
    """Give the step as one that tells nothing: what it asks for was done before."""
    return replace(step, resource=None, removes=False, version=step.version - 1, status=200)
