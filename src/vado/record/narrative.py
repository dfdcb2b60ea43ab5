"""A record told to people in one language, as plain values: every value with its source, date and mark; and what this leaves out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from vado.model.fact import Fact, FhirJson
from vado.model.reading import Fidelity
from vado.model.record import Kind, Line, Record, Source
from vado.model.said import CITIZEN, voice_of
from vado.record import words
from vado.record.head import by_trust, heading, trusted
from vado.terms.printed import WORDS, counted

View = dict[str, Any]  # plain JSON
Written = Callable[[str | datetime | None, str, tzinfo], str]  # a date in a language, by a clock: tools/written.py
_PRINTED = {  # elements that the words of a line, its date and its mark are made of
    "code", "medicationCodeableConcept", "medicationReference", "vaccineCode", "type", "title", "description", "class", "deviceName",
    "category", "relationship", "condition", "component", "dataAbsentReason", "dosage", "dosageInstruction", "reaction", "severity",
    "interpretation", "clinicalStatus", "verificationStatus", "conclusion", "status", "doNotPerform", "note", "referenceRange", "device",
    "criticality", "bodySite",
    "onsetDateTime", "recordedDate", "dateAsserted", "authoredOn", "date", "created", "start", "authored", "startDate", "whenHandedOver",
    "performedDateTime", "occurrenceDateTime", "issued", "recorded", "recordedOn", "timingDateTime", "contained",
}  # fmt: skip
_SILENT = {"resourceType", "id", "meta", "text", "language", "implicitRules", "subject", "patient", "identifier", "intent"}
_DOCUMENT = "only its title is in the summary"
_WRONG = "entered in error, so it is not printed"
_ALWAYS = (Kind.ALLERGY, Kind.MEDICATION, Kind.PROBLEM)  # an empty one says so: silence could be taken for "none"


class Narrative:
    """A record told in one language."""

    def __init__(self, record: Record, language: str, written: Written) -> None:
        """Bind the record to the words of a language, and to who writes dates in it."""
        self.record, self.language, self.words, self._written = record, language, WORDS[language], written
        self._index = {f"{f.kind}/{f.id}": f.resource for f in record.others}

    def view(self, lost: int) -> View:
        """Give all that the template prints; `lost` is how many statements it cannot hold."""
        record, w = self.record, self.words
        return {
            "language": self.language, "words": {k: v for k, v in w.items() if isinstance(v, str)},
            "head": self._head(), "id": record.person.id, "at": self._dated(record.at), "day": self._day(record.at),
            "intro": counted(w["not_alone"], len(record.sources)),
            "attention": self._attention(lost),
            "people": [self._person(f) for f in by_trust(record.person)],
            "sections": [s for kind in Kind if (s := self._section(kind))],
            "waiting": [self._row(line) | {"kind": w["kinds"][line.kind]} for line in record.waiting],
            "sources": [self._source(s) for s in record.sources],
            "legend": [{"rung": int(f), "name": w["rungs"][f], "means": w["meanings"][f]} for f in reversed(Fidelity)],
        }  # fmt: skip

    def _head(self) -> View:
        best, name = self._best(), heading(self.record.person)
        return {
            "name": self.words["unknown_name"] if name == "?" else name,
            "birth": self._dated(best.get("birthDate")) or self.words["unknown_birth"],
            "sex": self._said(best.get("gender", "")),
        }

    def _best(self) -> FhirJson:
        """Give birth date and sex as the best telling has them, with what others add where it is silent."""
        found: FhirJson = {}
        for fact in reversed(by_trust(self.record.person)):
            found |= {k: v for k, v in fact.resource.items() if k in {"birthDate", "gender"} and v}
        return found

    def _person(self, fact: Fact) -> View:
        r = fact.resource
        numbers = [self._number(i) for i in r.get("identifier", ()) if i.get("value") and not is_inner(i)]
        contact = [_address(r), *(t["value"] for t in r.get("telecom", ()) if t.get("value"))]
        return {
            "name": words.name_of(r), "birth": self._dated(r.get("birthDate")), "sex": self._said(r.get("gender", "")),
            "numbers": numbers, "contact": [c for c in contact if c], **self._mark(fact),
        }  # fmt: skip

    def _number(self, identifier: Mapping[str, Any]) -> str:
        """Give a number and what it is: its type, or who gives it out."""
        kind = words.text(identifier.get("type"))
        what = (
            self.words["number_types"].get(kind, kind)
            or identifier.get("assigner", {}).get("display", "")
            or _short(identifier.get("system", ""))
        )
        return f"{identifier['value']} ({what})" if what else identifier["value"]

    def _attention(self, lost: int) -> list[str]:
        shown = [f for line in self.record.lines for f in (line.shown, *line.conflicts)]
        counts = (
            ("count_conflict", sum(bool(line.conflicts) for line in self.record.lines)),
            ("count_unreviewed", sum(not trusted(f) for f in (*shown, *self.record.person.patients))),
            ("count_waiting", len(self.record.waiting)),
            ("lost", lost),
        )
        return [counted(self.words[key], n) for key, n in counts if n]

    def _section(self, kind: Kind) -> View | None:
        rows = [self._row(line) for line in self.record.lines if line.kind is kind]
        return {"title": self.words["kinds"][kind], "rows": rows} if rows or kind in _ALWAYS else None

    def _row(self, line: Line) -> View:
        also = {f.evidence.partner: self._mark(f) for f in line.same if f.evidence.partner != line.shown.evidence.partner}
        return {
            "title": self._named(line.title), "detail": self._details(line.shown, firm=bool(line.conflicts)),
            "extra": self._range(line.shown),
            "when": self._dated(line.when), **self._mark(line.shown),
            "also": list(also.values()), "why": self.words["why"][line.why] if line.conflicts else "",
            "conflicts": [self._other(f) for f in line.conflicts],
        }  # fmt: skip

    def _other(self, fact: Fact) -> View:
        title, when = words.title(fact.resource, self._index), self._dated(words.when(fact.resource))
        detail = self._details(fact, firm=True)
        return {"title": self._named(title), "detail": detail, "extra": self._range(fact), "when": when, **self._mark(fact)}

    def _details(self, fact: Fact, *, firm: bool) -> str:
        """Say what there is to add; beside a contradiction also the status that else goes without saying."""
        r = fact.resource
        status = [c.get("code", "") for c in r.get("clinicalStatus", {}).get("coding", ())] or [r.get("status", "")]
        told = [self._said(part) for part in (*words.detail(r).split("; "), *(status if firm else ()))]
        return "; ".join(dict.fromkeys(part for part in (*told, *self._more(fact)) if part))

    def _more(self, fact: Fact) -> list[str]:
        """Say what the plain words leave out and a clinician looks for: how dangerous, and where."""
        sites = fact.resource.get("bodySite") or []
        where = (words.text(s) for s in (sites if isinstance(sites, list) else [sites]))
        return [m for m in (self.words["risk"].get(fact.resource.get("criticality"), ""), *where) if m]

    def _range(self, fact: Fact) -> str:
        """Give the ranges that a result is held against, as the source has them."""
        ranges = fact.resource.get("referenceRange", ())
        told = (r.get("text") or words.value({"valueRange": {k: r[k] for k in ("low", "high") if k in r}}) for r in ranges)
        return "; ".join(f"[{r}]" for r in told if r)

    def _mark(self, fact: Fact) -> View:
        """Say who told it, when, in which form, and how far it can be relied on."""
        e = fact.evidence
        notes = [self.words["sure"].format(n=int(100 * e.confidence))] if e.confidence < 1 and not e.reviewed else []
        notes += [self.words["reviewed"]] if e.reviewed else []
        return {
            "partner": self._teller(fact), "told": self._dated(self._day(e.asserted)),
            "rung": int(e.fidelity), "form": self.words["rungs"][e.fidelity], "notes": notes, "unreviewed": not trusted(fact),
        }  # fmt: skip

    def _teller(self, fact: Fact) -> str:
        voice = voice_of(fact)
        return self.words["voices"][voice.value] if voice else str(fact.evidence.partner)

    def _source(self, source: Source) -> View:
        return {
            "partner": self.words["voices"]["person"] if source.partner == CITIZEN else str(source.partner),
            "facts": source.facts, "newest": self._dated(self._day(source.newest)) or self.words["never"],
            "age": self._age(source.newest, self.record.at) if source.newest else "",
        }  # fmt: skip

    def _age(self, newest: datetime, at: datetime) -> str:
        days = max(0, (at.astimezone(self.record.zone).date() - newest.astimezone(self.record.zone).date()).days)
        for unit, length in (("years", 365), ("months", 30), ("days", 1)):
            if days >= (2 * length if length > 1 else 1):
                return counted(self.words[unit], days // length)
        return self.words["today"]

    def _dated(self, when: str | datetime | None) -> str:
        return self._written(when, self.language, self.record.zone)

    def _day(self, at: datetime | None) -> str:
        return at.astimezone(self.record.zone).date().isoformat() if at else ""

    def _named(self, title: str) -> str:
        return self.words["types"].get(title, title)

    def _said(self, code: str) -> str:
        """Say one of FHIR's own codes in the reader's language; anything else stays as the source wrote it."""
        return self.words["said"].get(code.casefold(), code) if code else ""


def is_inner(identifier: Mapping[str, Any]) -> bool:
    """Say whether this is but the id of a resource in the sender's file, which means nothing to people."""
    return identifier.get("system", "").startswith("urn:x-vado:partner:") and "type" not in identifier


def _short(system: str) -> str:
    return system.removeprefix("https://").removeprefix("http://").removeprefix("urn:oid:")


def _address(patient: FhirJson) -> str:
    first: FhirJson = next(iter(patient.get("address", ())), {})
    parts: Iterable[str] = (*first.get("line", ()), first.get("postalCode", ""), first.get("city", ""))
    return ", ".join(p for p in parts if p) or first.get("text", "")


def left_out(record: Record) -> Iterator[tuple[str, str]]:
    """Say what is in a record and not in its narrative: elements that no line prints, documents, what was entered in error."""
    for line in (*record.lines, *record.waiting):
        for fact in (line.shown, *line.conflicts):
            if reason := _DOCUMENT if line.kind is Kind.DOCUMENT else _not_printed(fact):
                yield fact.id, reason
    for fact in record.others:
        if fact.resource.get("status") == "entered-in-error" or "entered-in-error" in str(
            fact.resource.get("verificationStatus", "")
        ):
            yield fact.id, _WRONG


def _not_printed(fact: Fact) -> str:
    r = fact.resource
    ends = [
        k for k, v in r.items() if k.endswith("Period") or k == "period" if isinstance(v, dict) and {"start", "end"} <= v.keys()
    ]
    silent = _PRINTED | _SILENT
    others = [
        k for k in r if k not in silent and not k.startswith(("value", "effective", "_")) and not k.lower().endswith("period")
    ]
    left = sorted({*others, *(f"{k}.end" for k in ends)})
    return f"not printed: {', '.join(left)}" if left else ""
