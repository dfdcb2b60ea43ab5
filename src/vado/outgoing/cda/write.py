"""Records as CDA documents, one for each person. Guides: C-CDA R2.1 CCD, or the European patient summary (`profile = "eu"`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Kind, Record
from vado.outgoing.cda import entries, treatments
from vado.outgoing.cda.header import document
from vado.outgoing.cda.observations import PART, can_be_said, observation, organizer
from vado.outgoing.cda.paper import LOINC, Element, Paper, add, ts
from vado.outgoing.cda.templates import PROFILES, SECTIONS, must_have
from vado.record import words
from vado.record.headings import heading, word
from vado.record.outward import Loss, Outward, Told, left_out, outward, parts_of
from vado.record.words import Index
from vado.settings.options import Rule, check_options, one_of, wrong

_OPTIONS: Mapping[str, Rule] = {
    "profile": one_of(*PROFILES), "echo": bool, "numbers": one_of("known", "all"), "demographics": one_of("own", "best"),
    "custodian": str, "custodian_id": str, "oids": Mapping,
}  # fmt: skip
_NO_PLACE = "the document has no section for it"
_WORDS_ONLY = "in words only: the entries cannot say it"
_NOT_COUNTED = {"note", "status", "clinicalStatus", "verificationStatus", "type"}
_CARRIED = {
    "AllergyIntolerance": {"code", "criticality", "onsetDateTime", "onsetPeriod", "reaction", "recordedDate", "recorder"},
    "Condition": {"code", "onsetDateTime", "onsetPeriod", "abatementDateTime", "recordedDate", "recorder"},
    "Procedure": {"code", "performedDateTime", "performedPeriod", "bodySite"},
    "MedicationStatement": {"medicationCodeableConcept", "medicationReference", "effectiveDateTime", "effectivePeriod", "dateAsserted",
                            "informationSource", "dosage"},
    "MedicationRequest": {"medicationCodeableConcept", "medicationReference", "authoredOn", "requester", "intent", "dosageInstruction",
                          "doNotPerform"},
    "Immunization": {"vaccineCode", "occurrenceDateTime", "occurrenceString", "lotNumber", "route", "site", "doseQuantity", "manufacturer"},
    "Observation": {"code", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "interpretation", "method", "bodySite", "referenceRange",
                    "component", "dataAbsentReason"},
    "DiagnosticReport": {"code", "effectiveDateTime", "effectivePeriod", "result"},
}  # fmt: skip
_WRITERS: Mapping[Kind, Callable[[Paper, Element, Told, Index], bool]] = {
    Kind.ALLERGY: entries.allergy, Kind.PROBLEM: entries.problem, Kind.PROCEDURE: entries.procedure,
    Kind.MEDICATION: treatments.medication, Kind.IMMUNIZATION: treatments.immunization,
}  # fmt: skip


class CdaWriter:
    """CDA R2: a C-CDA CCD or a European patient summary."""

    form = "cda"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Raise SettingsError CO-001 or CO-002 for an option that is unknown or wrong."""
        check_options(wish, _OPTIONS)
        paper = Paper("ccd", {}, "en")
        for system, oid in wish.options.get("oids", {}).items():
            if not isinstance(oid, str) or not paper.oid(f"urn:oid:{oid}"):
                wrong(wish, f"oids: {system} needs an OID")
        if (oid := wish.options.get("custodian_id")) and not paper.oid(f"urn:oid:{oid}"):
            wrong(wish, "custodian_id is an OID")

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write one document for each record."""
        for record in records:
            yield _Document(record, partner, wish).written()


class _Document:
    def __init__(self, record: Record, partner: PartnerProfile, wish: Wish) -> None:
        self.record, self.partner, self.wish = record, partner, wish
        profile = wish.options.get("profile", "ccd")
        known = {url: name for name, url in (*partner.code_systems.items(), *partner.identifier_systems.items())}
        self.paper = Paper(
            profile, {**known, **wish.options.get("oids", {})}, partner.languages[0] if partner.languages else "en"
        )
        self.view: Outward = outward(record, partner.id, echo=bool(wish.options.get("echo", False)))
        self.losses: list[Loss] = list(self.view.losses)

    def written(self) -> Outgoing:
        root = document(self.paper, self.record, self.partner, self.wish)
        body = add(add(root, "component"), "structuredBody")
        for kind in SECTIONS:
            self._section(body, kind, [t for t in self.view.told if t.kind is kind])
        self.losses += [(t.fact.id, _NO_PLACE) for t in self.view.told if t.kind not in SECTIONS]
        content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        return Outgoing(
            content, "application/hl7-cda+xml", tuple(dict.fromkeys(self.losses)), f"summary-{root.find('{*}id').get('root')}.xml"
        )

    def _section(self, body: Element, kind: Kind, told: list[Told]) -> None:
        """Write a section: its words, then the entries that say the same to a machine."""
        if not told and not must_have(self.paper.profile, kind):
            return
        section = add(add(body, "component"), "section", nullFlavor="" if told else "NI")
        self.paper.claim(section, kind)
        self.paper.own(section, "code", (SECTIONS[kind][0], LOINC, SECTIONS[kind][1]))
        add(section, "title", heading(kind, self.paper.language))
        self._narrative(section, told)
        if kind in PART:
            self._observed(section, kind, told)
            return
        for one in told:
            entry = add(section, "entry", typeCode="DRIV")
            said = _WRITERS[kind](self.paper, entry, one, self.view.index)
            self._account(one, said)
            if not said:
                section.remove(entry)

    def _narrative(self, section: Element, told: list[Told]) -> None:
        """One row a fact; what the entries point to."""
        language, text = self.paper.language, add(section, "text")
        if not told:
            add(text, "paragraph", word("nothing", language))
            return
        table = add(text, "table")
        head = add(add(table, "thead"), "tr")
        for name in ("what", "detail", "when", "source", "note"):
            add(head, "th", word(name, language))
        rows = add(table, "tbody")
        for one in told:
            resource = one.fact.resource
            row = add(rows, "tr", ID=entries.anchor(one.fact.id))
            note = word("disputed", language) if one.disputed else ""
            cells = (
                words.title(resource, self.view.index),
                words.detail(resource),
                words.when(resource),
                one.fact.evidence.partner,
                note,
            )
            for cell in cells:
                add(row, "td", cell)

    def _observed(self, section: Element, kind: Kind, told: list[Told]) -> None:
        """Write reports with their results, then what stands alone: vital signs by their time, other results one by one."""
        good = {t.fact.id: t for t in told if can_be_said(t)}
        for one in told:
            if one.fact.id not in good and one.fact.kind != "DiagnosticReport":
                self._account(one, False)
        for report in (t for t in told if t.fact.kind == "DiagnosticReport"):
            ids = [r.get("reference", "").rpartition("/")[2] for r in report.fact.resource.get("result", ())]
            mine = [good.pop(i) for i in ids if i in good]
            if mine:
                self._organized(section, kind, mine, report)
            else:
                self._account(report, False)
        rest = sorted(good.values(), key=lambda t: (_moment(t) if kind is Kind.VITAL else "", t.fact.id))
        if kind is Kind.SOCIAL:
            for one in rest:
                self._organized(section, kind, [one], None)
            return
        for _, some in groupby(rest, key=_moment if kind is Kind.VITAL else lambda t: t.fact.id):
            self._organized(section, kind, list(some), None)

    def _organized(self, section: Element, kind: Kind, some: list[Told], report: Told | None) -> None:
        entry, holder = add(section, "entry", typeCode="DRIV"), None
        if kind is not Kind.SOCIAL:
            about = report.fact if report else some[0].fact
            holder = organizer(self.paper, entry, kind, report.fact.resource if report else None, about.id)
            if kind is Kind.VITAL:
                self.paper.span(holder, some[0].fact.resource, "effective")
        if report:
            self._account(report, True)
        for one in some:
            for n, part in enumerate(parts_of(one.fact.resource)):
                if holder is None and n:
                    entry = add(section, "entry", typeCode="DRIV")
                place = entry if holder is None else add(holder, "component")
                observation(self.paper, place, part, one, "" if part is one.fact.resource else f"component {n}")
            self._account(one, True)

    def _account(self, told: Told, said: bool) -> None:
        """Note what of a fact is not in its entry."""
        lost, self.paper.lost = self.paper.lost, set()
        if not said:
            self.losses.append((told.fact.id, _WORDS_ONLY))
            return
        carried = _CARRIED[told.fact.kind] | _NOT_COUNTED | {k for k in told.fact.resource if k.startswith("value")}
        self.losses += left_out(told.fact, carried, lost)


def _moment(told: Told) -> str:
    return ts(words.when(told.fact.resource))
