"""Segments to facts, message by message: a tolerant walk that knows which segment belongs to which."""

from collections import Counter
from datetime import datetime
from itertools import groupby

from vado.incoming.hl7v2.book import Book, is_offset
from vado.incoming.hl7v2.clinical import allergy, appointment, coverage, diagnosis, document, immunization, medication, procedure
from vado.incoming.hl7v2.patient import merged, patient, related
from vado.incoming.hl7v2.results import Order, attached, observation, report, request, specimen
from vado.incoming.hl7v2.segment import Segment, separators_of
from vado.incoming.hl7v2.visit import encounter
from vado.model.fact import NAMES_PERSON, End, Entry, Fact, Facts, FhirJson
from vado.model.partner import PartnerProfile
from vado.model.reading import Issue, Item, Reading, issue

_ENVELOPE = {"MSH": "envelope", "FHS": "envelope", "BHS": "envelope", "FTS": "envelope", "BTS": "envelope", "SFT": "sender's software",
             "EVN": "event times", "MSA": "acknowledgement", "ERR": "acknowledgement", "QPD": "query", "RCP": "query", "QAK": "query",
             "UAC": "sign-in of systems", "DSC": "continuation"}  # fmt: skip
_SET_ID = frozenset(
    [
        "PID",
        "PV1",
        "OBX",
        "OBR",
        "NTE",
        "AL1",
        "IAM",
        "DG1",
        "PR1",
        "IN1",
        "IN2",
        "GT1",
        "NK1",
        "SPM",
        "TXA",
        "AIS",
        "AIG",
        "AIL",
        "AIP",
        "RGS",
        "FT1",
        "ACC",
        "ROL",
    ]
)


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the facts of every message; every populated field ends in the ledger."""
    told: list[Fact] = []
    issues: list[Issue] = []
    ends: Counter[tuple[str, End, str]] = Counter()
    for _, items in groupby(reading.items, key=lambda i: i.place.path.partition(" / ")[0]):
        book = Book(reading, partner, issues)
        segments = _segments(list(items))
        _Walk(book, segments).walk()
        told += book.facts.values()
        _account(segments, ends)
    missed = sum(n for (_, end, _), n in ends.items() if end is End.NOT_UNDERSTOOD)
    if missed:
        issues.append(issue("IN-013", count=missed))
    return Facts(tuple(told), tuple(issues), tuple(Entry(p, e, r, n) for (p, e, r), n in sorted(ends.items())))


def _segments(items: list[Item]) -> list[Segment]:
    separators = separators_of(items[0].value)
    return [Segment(i.value, i.place.path, separators) for i in items]


def _account(segments: list[Segment], ends: Counter[tuple[str, End, str]]) -> None:
    for s in segments:
        for n in s.populated():
            path = f"{s.name}-{n}"
            if s.name in _ENVELOPE:
                ends[(path, End.IGNORED, _ENVELOPE[s.name])] += 1
            elif n == 1 and s.name in _SET_ID:
                ends[(path, End.IGNORED, "number of the segment")] += 1
            elif n in s.touched:
                ends[(path, End.MAPPED, s.name)] += 1
            else:
                ends[(path, End.NOT_UNDERSTOOD, "")] += 1


class _Walk:
    """One message. A group is a run of segments: ORC/OBR opens one, OBX, NTE and SPM belong to the last one."""

    def __init__(self, book: Book, segments: list[Segment]) -> None:
        self.book, self.segments = book, segments
        self.encounter: str | None = None
        self.order: Order | None = None
        self.orders: list[tuple[Order, list[FhirJson]]] = []

    def walk(self) -> None:
        """Say what the message says."""
        self._header(self.segments[0])
        if self.book.kind in {"ACK", "QBP", "QRY", "MFN", "MFK"}:
            self._leave()
            return
        n = 0
        while n < len(self.segments):
            n += self._take(n)
        self._close_orders()
        owner = self.book.patient
        if owner is None:
            self.book.facts = {
                k: f for k, f in self.book.facts.items() if not (f.kind in NAMES_PERSON and f.kind in _NEEDS_OWNER)
            }

    def _header(self, msh: Segment) -> None:
        book = self.book
        kind = msh.components(9)
        book.kind, book.event = msh.part(kind, 1).upper(), msh.part(kind, 2).upper()
        book.control = msh.text(10)
        written = msh.text(7)
        for mark in "+-":
            offset = written.partition(mark)[2]
            if is_offset(offset):
                book.zone = mark + offset
        said = book.time(written)
        book.said = datetime.fromisoformat(said) if said and "T" in said else None

    def _leave(self) -> None:
        """Answers and queries say nothing about a person: every field is looked at by one rule."""
        for s in self.segments:
            s.touched |= set()

    def _take(self, n: int) -> int:  # noqa: C901, PLR0912 - one branch a segment
        """Take the n-th segment, and those after it that belong to it; give how many."""
        s, book = self.segments[n], self.book
        if s.name == "PID":
            self._close_orders()
            self.encounter = None
            following = self._next(n, "PD1")
            patient(s, following, book)
        elif s.name == "MRG":
            merged(s, book)
        elif s.name == "PV1":
            self.encounter = encounter(s, self._next(n, "PV2"), book) or self.encounter
        elif s.name == "NK1":
            related(s, book)
        elif s.name in {"AL1", "IAM"}:
            allergy(s, book)
        elif s.name == "DG1":
            diagnosis(s, self.encounter, book)
        elif s.name == "PR1":
            procedure(s, self.encounter, book)
        elif s.name == "IN1":
            coverage(s, book)
        elif s.name in {"ORC", "OBR"}:
            return self._open_order(n)
        elif s.name == "OBX":
            return self._observe(n)
        elif s.name == "SPM" and self.order:
            specimen(s, self.order, book)
        elif s.name == "NTE" and self.order and not self.order.observations:
            self.order.notes.append(s)
        elif s.name == "RXA":
            immunization(s, self._next(n, "RXR"), self._orc_before(n), book)
        elif s.name in {"RXE", "RXO", "RXD"}:
            if s.name != "RXO" or not any(x.name == "RXE" for x in self.segments[n : n + 6]):
                medication(s, self._next(n, "RXR"), self._orc_before(n), book)
        elif s.name == "TXA":
            parts = [x for x in self.segments[n + 1 :] if x.name == "OBX"]
            document(s, parts, self.encounter, book)
            return 1 + len(self.segments[n + 1 :]) if book.kind == "MDM" else 1
        elif s.name == "SCH":
            return self._schedule(n)
        return 1

    def _next(self, n: int, name: str) -> Segment | None:
        """The segment of this name that follows, with at most a few in between that belong to the same."""
        return next((x for x in self.segments[n + 1 : n + 4] if x.name == name), None)

    def _orc_before(self, n: int) -> Segment | None:
        for s in reversed(self.segments[max(0, n - 8) : n]):
            if s.name == "ORC":
                return s
            if s.name in {"RXA", "RXE", "PID"}:
                return None
        return None

    def _open_order(self, n: int) -> int:
        s = self.segments[n]
        after = self.segments[n + 1 : n + 8]
        if s.name == "ORC":
            obr = next((x for x in after if x.name in {"OBR", "ORC", "RXA", "RXE", "RXO", "RXD", "TXA"}), None)
            self.order = Order(s, obr if obr is not None and obr.name == "OBR" else None, self.book)
            self.orders.append((self.order, []))
            return 1
        if self.order and self.order.obr is s:
            return 1
        orc = self.order.orc if self.order and self.order.obr is None else None
        self.order = Order(orc, s, self.book)
        self.orders.append((self.order, []))
        return 1

    def _observe(self, n: int) -> int:
        obx = self.segments[n]
        notes: list[Segment] = []
        for s in self.segments[n + 1 :]:
            if s.name != "NTE":
                break
            notes.append(s)
        if found := attached(obx):
            if self.orders:
                self.orders[-1][1].append(found)
            elif self.book.patient:
                self._loose(obx, found)
        elif self.book.patient and (reference := observation(obx, notes, self.order, self.encounter, self.book)) and self.order:
            self.order.observations.append(reference)
        return 1 + len(notes)

    def _loose(self, obx: Segment, found: FhirJson) -> None:
        """An embedded document outside any order."""
        resource: FhirJson = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": found}]}
        self.book.add(resource, ("ed", self.book.control, obx.path), obx, rule="OBX -> DocumentReference")

    def _schedule(self, n: int) -> int:
        pid = next((x for x in self.segments[n:] if x.name == "PID"), None)
        if pid and self.book.patient is None:
            patient(pid, None, self.book)
        appointment(self.segments[n], [x for x in self.segments[n:] if x.name in {"AIS", "AIG", "AIL", "AIP"}], self.book)
        return 1

    def _close_orders(self) -> None:
        for order, documents in self.orders:
            if order.obr is None or not self.book.patient:
                continue
            asked = request(order, self.encounter, self.book)
            if order.observations or documents or self.book.kind in {"ORU", "OUL"}:
                report(order, self.encounter, asked, documents, self.book)
        self.orders, self.order = [], None


_NEEDS_OWNER = frozenset(
    {"AllergyIntolerance", "Condition", "Procedure", "Coverage", "Immunization", "MedicationRequest", "Encounter"}
)
