"""Rows to facts: by the partner's layout; without one, only who the row is about, if its headers say so plainly."""

from collections import Counter
from dataclasses import replace

import orjson

from vado.extract.fields import labelled, person
from vado.extract.layout import Applied, Layout, apply, choose, compile_layout, fold, owned
from vado.model.fact import End, Entry, Evidence, Fact, Facts, FhirJson, patient_id
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_TOLD = 20  # issues of one kind told one by one


class _Told:
    """What the rows of one reading say so far."""

    def __init__(self, reading: Reading, partner: PartnerProfile) -> None:
        self.reading, self.partner = reading, partner
        self.facts: dict[str, Fact] = {}
        self.issues: list[Issue] = []
        self.ends: Counter[tuple[str, End, str]] = Counter()


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the facts of every row; identical rows give one; every filled cell ends in the ledger."""
    told = _Told(reading, partner)
    layouts = [compile_layout(t) for t in partner.tables]
    header: list[str] = []
    layout: Layout | None = None
    for item in reading.items:
        cells: list[str] = orjson.loads(item.value)
        if item.label == "header":
            header = [c.strip() or f"column {n + 1}" for n, c in enumerate(cells)]
            layout = choose(layouts, header)
            told.ends[("header", End.IGNORED, "names of columns")] += sum(1 for c in cells if c.strip())
        elif item.label == "title":
            told.ends[("title", End.NOT_UNDERSTOOD, "")] += sum(1 for c in cells if c.strip())
        else:
            _row(told, layout, header, cells, item.place)
    missed = sum(n for (_, end, _), n in told.ends.items() if end is End.NOT_UNDERSTOOD)
    if missed:
        told.issues.append(issue("IN-013", count=missed))
    ledger = tuple(Entry(p, e, r, n) for (p, e, r), n in sorted(told.ends.items()))
    return Facts(tuple(told.facts.values()), tuple(told.issues), ledger)


def _row(told: _Told, layout: Layout | None, header: list[str], cells: list[str], place: Place) -> None:
    values: dict[str, str] = {}
    for n, cell in enumerate(cells):
        if cell.strip():
            values[header[n] if n < len(header) else f"column {n + 1}"] = cell
    if layout is None:
        _known_headers(told, values, place, header)
        return
    applied = apply(layout, values, told.partner)
    _count(told, layout, applied, values)
    for label, form in applied.bad.items():
        if len(told.issues) < _TOLD:
            told.issues.append(issue("IN-404" if form not in {"dmy", "mdy", "ymd"} else "IN-012", _cell(place, header, label), form=form))
    owner = None
    for made in sorted(applied.made, key=lambda m: m.resource["resourceType"] != "Patient"):
        where = tuple(_cell(place, header, label) for label in made.labels) or (place,)
        if made.resource["resourceType"] == "Patient":
            owner = patient_id(told.partner.id, made.resource.get("identifier", ()), told.reading.original, place.path)
            _add(told, {**made.resource, "id": owner}, owner, where, layout.title)
            continue
        resource = owned(made, owner)
        key = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS).decode()
        resource["id"] = stable_id(told.partner.id, resource["resourceType"], owner or told.reading.original, key)
        _add(told, resource, owner, where, layout.title)


def _known_headers(told: _Told, values: dict[str, str], place: Place, header: list[str]) -> None:
    """Without a layout: the person, where headers name one plainly; nothing clinical is guessed."""
    items = [Item(label, text, _cell(place, header, label)) for label, text in values.items()]
    named = person(labelled(items), told.partner, spoken=Fidelity.FIELDS)
    used = {i.label for x in named.used for i in x.items} if named else set()
    if named and named.resource:
        owner = patient_id(told.partner.id, named.resource.get("identifier", ()), told.reading.original, place.path)
        where = tuple(i.place for i in items if i.label in used) or (place,)
        _add(told, {**named.resource, "id": owner}, owner, where, "headers that name a person")
    for label in values:
        end = (End.MAPPED, "headers that name a person") if label in used else (End.NOT_UNDERSTOOD, "")
        told.ends[(label, *end)] += 1


def _count(told: _Told, layout: Layout, applied: Applied, values: dict[str, str]) -> None:
    mapped = {label for made in applied.made for label in made.labels}
    for label in values:
        if label in mapped:
            told.ends[(label, End.MAPPED, layout.title)] += 1
        elif label in applied.ignored:
            told.ends[(label, End.IGNORED, applied.ignored[label])] += 1
        else:
            told.ends[(label, End.NOT_UNDERSTOOD, "")] += 1


def _cell(place: Place, header: list[str], label: str) -> Place:
    column = next((n for n, h in enumerate(header, 1) if h == label), 0)
    return replace(place, path=f"{place.path}, column {column}") if column else place


def _add(told: _Told, resource: FhirJson, owner: str | None, places: tuple[Place, ...], rule: str) -> None:
    codes = [c for k in ("code", "medicationCodeableConcept", "vaccineCode") for c in resource.get(k, {}).get("coding", ())]
    fidelity = Fidelity.CODED if any(c.get("system") for c in codes) else Fidelity.FIELDS
    evidence = Evidence(
        told.partner.id, told.reading.original, places, told.reading.reader, f"{told.partner.id}.toml: {fold(rule)}", fidelity
    )
    told.facts.setdefault(resource["id"], Fact(resource, evidence, owner))
