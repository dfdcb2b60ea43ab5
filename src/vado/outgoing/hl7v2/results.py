"""ORU^R01: reports with their results, and results that stand alone put together by day. HL7 v2.5.1 chapter 7.3.1, 7.4."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vado.model.fact import Fact, FhirJson
from vado.model.record import Kind
from vado.outgoing.hl7v2 import values as v
from vado.outgoing.hl7v2.draft import Draft, pid
from vado.outgoing.hl7v2.er7 import Field, lines_of, segment
from vado.record import words
from vado.record.headings import word
from vado.record.outward import PANEL, Told, left_out, parts_of

_REPORT = {
    "final": "F", "corrected": "C", "amended": "C", "appended": "C", "preliminary": "P", "partial": "A", "registered": "I",
    "cancelled": "X",
}  # fmt: skip # table 0123
_RESULT = {
    "final": "F", "corrected": "C", "amended": "A", "preliminary": "P", "registered": "I", "cancelled": "X",
}  # fmt: skip # table 0085
_NOT_VERIFIED = "R"  # the only code of table 0085 that does not claim what nobody said
_ALONE = {
    Kind.RESULT: ("30954-2", "Results"), Kind.VITAL: ("8716-3", "Vital signs"), Kind.SOCIAL: ("29762-2", "Social history"),
}  # fmt: skip # LOINC
_OBR = {"code", "status", "effectiveDateTime", "effectivePeriod", "issued", "result", "conclusion"}
_OBX = {
    "code", "status", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "interpretation", "referenceRange", "note",
    "method", "component", "dataAbsentReason",
}  # fmt: skip
_SHORT = 199  # characters of ST; longer text is TX


@dataclass(frozen=True, slots=True)
class _Value:
    """OBX-2, -5, -6: type, value, unit."""

    type: str = ""
    value: Field = ""
    unit: tuple[Any, ...] = ()


def results(d: Draft) -> list[str]:
    """Give the segments of the message, without MSH; [] when there is no result."""
    observed = {t.fact.id: t for t in d.view.told if t.fact.kind == "Observation" and t.kind in _ALONE}
    reports = [t for t in d.view.told if t.fact.kind == "DiagnosticReport"]
    body: list[str] = []
    number = 0
    for report in reports:
        mine = [observed.pop(i) for i in _members(report.fact) if i in observed]
        number += 1
        body += [*_obr(d, report.fact, number), *_all_obx(d, mine)]
    for (kind, day), some in groupby(sorted(observed.values(), key=_group), key=_group):
        number += 1
        code, name = _ALONE[Kind(kind)]
        filler = (f"{d.record.person.id[:12]}-{code}-{day or 'undated'}", v.OURS)
        alone = {1: str(number), 3: filler, 4: (code, name, "LN"), 7: day, 25: "F"}
        body += [segment("OBR", alone), *_all_obx(d, some)]
    return [pid(d), *body] if body else []


def _group(told: Told) -> tuple[str, str]:
    return (told.kind.value, v.ts(words.when(told.fact.resource))[:8])


def _members(fact: Fact) -> Iterator[str]:
    for reference in fact.resource.get("result", ()):
        yield reference.get("reference", "").rpartition("/")[2]


def _obr(d: Draft, fact: Fact, number: int) -> list[str]:
    r = fact.resource
    status = _REPORT.get(r.get("status", ""))
    absent = [] if set(_members(fact)) <= {t.fact.id for t in d.view.told} else ["result (some stay here)"]
    d.take(fact, left_out(fact, _OBR, absent + ([] if status else ["status"])))
    span = r.get("effectivePeriod", {})
    filler = next((i for i in r.get("identifier", ()) if _kind(i) == "FILL"), None)
    placer = next((i for i in r.get("identifier", ()) if _kind(i) == "PLAC"), None)
    fields: dict[int, Field] = {
        1: str(number), 2: (placer["value"], *d.names.issuer(placer)) if placer else "",
        3: (filler["value"], *d.names.issuer(filler)) if filler else (fact.id, v.OURS), 4: v.ce(r.get("code", {}), d.names),
        7: v.ts(r.get("effectiveDateTime") or span.get("start")), 8: v.ts(span.get("end")), 22: v.ts(r.get("issued")), 25: status or "Z",
    }  # fmt: skip
    return [segment("OBR", fields), *_notes([r["conclusion"]] if r.get("conclusion") else [])]


def _kind(identifier: FhirJson) -> str:
    return next((c["code"] for c in identifier.get("type", {}).get("coding", ()) if c.get("code")), "")


def _all_obx(d: Draft, some: Iterable[Told]) -> list[str]:
    lines: list[str] = []
    number = 0
    for told in some:
        o = told.fact.resource
        parts = parts_of(o)
        if not parts:
            d.refuse(told.fact, PANEL)
            continue
        group = str(number + 1)
        for part in parts:
            number += 1
            lines.append(_obx(d, told.fact, part, number, "" if part is o else group))
        disputed = [word("disputed", d.language)] if told.disputed else []
        lines += _notes([*(n.get("text", "") for n in o.get("note", ())), *disputed])
    return lines


def _obx(d: Draft, fact: Fact, o: FhirJson, number: int, sub_id: str) -> str:
    told, lost = _value(o, d.names)
    status = _RESULT.get(o.get("status", ""))
    span = o.get("effectivePeriod", {})
    lost += [] if status else ["status (sent as not verified)"]
    lost += ["effectivePeriod.end"] if span.get("end") else []
    lost += ["dataAbsentReason"] if o.get("dataAbsentReason") and not _unknown(o["dataAbsentReason"]) else []
    lost += ["referenceRange"] if len(o.get("referenceRange", ())) > 1 or _qualified(o) else []
    lost += ["code (more than two)"] if v.dropped_codes(o.get("code", {})) else []
    carried = _OBX | {k for k in o if k.startswith("value")}
    d.take(fact, left_out(fact, carried, lost))
    fields: dict[int, Field] = {
        1: str(number), 2: told.type, 3: v.ce(o.get("code", {}), d.names), 4: sub_id, 5: told.value, 6: told.unit,
        7: _range(o), 8: [c for i in o.get("interpretation", ()) if (c := _flag(i))], 11: status or _NOT_VERIFIED,
        14: v.ts(o.get("effectiveDateTime") or o.get("effectiveInstant") or span.get("start")),
        17: v.ce(o["method"], d.names) if o.get("method") else "",
    }  # fmt: skip
    return segment("OBX", fields)


def _unknown(concept: FhirJson) -> bool:
    return any(c.get("code") == "unknown" for c in concept.get("coding", ()))


def _qualified(o: FhirJson) -> bool:
    return any(r.keys() - {"low", "high", "text"} for r in o.get("referenceRange", ()))


def _flag(interpretation: FhirJson) -> str:
    return next((c["code"] for c in interpretation.get("coding", ()) if c.get("code")), "") or words.text(interpretation)


def _range(o: FhirJson) -> str:
    """OBX-7: as written, else low-high, >low, <high."""
    told = next(iter(o.get("referenceRange", ())), {})
    low, high = (v.nm(told[k]["value"]) if "value" in told.get(k, {}) else "" for k in ("low", "high"))
    return told.get("text") or (f"{low}-{high}" if low and high else f">={low}" if low else f"<={high}" if high else "")


def _value(o: FhirJson, names: v.Names) -> tuple[_Value, list[str]]:
    """Give value[x], and what of it is lost."""
    name = next((k for k in o if k.startswith("value")), "")
    found = o.get(name)
    if found is None:
        return _Value(), []
    if name == "valueQuantity" and isinstance(found, dict):
        return _quantity(found, names)
    if name == "valueCodeableConcept" and isinstance(found, dict):
        return _Value("CE", v.ce(found, names)), [f"{name} (more than two codes)"] if v.dropped_codes(found) else []
    if name == "valueInteger" and v.is_number(found):
        return _Value("NM", v.nm(found)), []
    if name == "valueBoolean":
        return _Value("CE", ("Y", "Yes", "HL70136") if found else ("N", "No", "HL70136")), []
    if name == "valueDateTime":
        return _Value("TS", v.ts(found)), []
    if name in {"valueRange", "valueRatio"} and isinstance(found, dict):
        return _pair(name, found, names)
    if name == "valueString":
        return _text(str(found)), []
    told = words.value(o)
    return (_text(told), [f"{name} (sent as text)"]) if told else (_Value(), [name])


def _quantity(q: FhirJson, names: v.Names) -> tuple[_Value, list[str]]:
    unit = v.unit_of(q, names)
    if "value" not in q:
        return _Value(unit=unit), ["valueQuantity"]
    if not v.is_number(q["value"]):
        return _text(words.value({"valueQuantity": q})), ["valueQuantity (sent as text)"]
    if sign := q.get("comparator"):
        return _Value("SN", (sign, v.nm(q["value"])), unit), []
    return _Value("NM", v.nm(q["value"]), unit), []


def _pair(name: str, found: FhirJson, names: v.Names) -> tuple[_Value, list[str]]:
    """Range and Ratio of plain numbers -> SN with its separator; anything else as text."""
    one, other = (found.get(k, {}) for k in (("low", "high") if name == "valueRange" else ("numerator", "denominator")))
    plain = all("value" in q and v.is_number(q["value"]) and "comparator" not in q for q in (one, other))
    alike = v.unit_of(one, names) == v.unit_of(other, names) if name == "valueRange" else not v.unit_of(other, names)
    if plain and alike:
        mark = "-" if name == "valueRange" else ":"
        return _Value("SN", ("", v.nm(one["value"]), mark, v.nm(other["value"])), v.unit_of(one, names)), []
    return _text(words.value({name: found})), [f"{name} (sent as text)"]


def _text(text: str) -> _Value:
    return _Value("TX" if len(text) > _SHORT or len(lines_of(text)) > 1 else "ST", text)


def _notes(texts: Iterable[str]) -> list[str]:
    return [segment("NTE", {1: str(n), 3: text}) for n, text in enumerate((t for t in texts if t), 1)]
