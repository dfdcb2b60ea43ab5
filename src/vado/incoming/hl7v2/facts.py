"""Messages to facts: each group of the message's structure is told in its turn, and every populated field ends in the ledger."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from vado.incoming.hl7v2 import clinical, observations, orders, treatments
from vado.incoming.hl7v2.grammar import Group, grown
from vado.incoming.hl7v2.mapping import maps_of
from vado.incoming.hl7v2.message import USUAL, Message, Segment, separators_of, usual
from vado.incoming.hl7v2.patient import carers, guarantor, merged, participants, patient, related
from vado.incoming.hl7v2.profile import own_segment
from vado.incoming.hl7v2.staff import entry
from vado.incoming.hl7v2.values import first, is_offset, moment, whole
from vado.incoming.hl7v2.visit import encounter
from vado.model.fact import NAMES_PERSON, End, Entry, Fact, Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Issue, Item, Reading, issue

_BLANK = frozenset("^~& ")
_ENVELOPE = {
    **dict.fromkeys(("MSH", "FHS", "BHS", "FTS", "BTS"), "envelope"), "SFT": "sender's software", "EVN": "event times",
    "MSA": "acknowledgement", "ERR": "acknowledgement", "QPD": "query", "RCP": "query", "QAK": "query", "QRD": "query", "QRF": "query",
    "QRI": "query", "UAC": "sign-in of systems", "DSC": "continuation", "RGS": "number of the group", "MFI": "envelope", "ADD": "continuation",
}  # fmt: skip
_ANSWERS = frozenset(("ACK", "QBP", "QRY", "MFK", "MCF", "QCK", "QSB", "QSX"))
_DRUGS = frozenset(("RXO", "RXE", "RXD", "RXG"))
_NEEDS_OWNER = frozenset(
    (
        "AllergyIntolerance",
        "Condition",
        "Procedure",
        "Coverage",
        "Immunization",
        "MedicationRequest",
        "Encounter",
        "RelatedPerson",
    )
)
_TAKES_NOTES = frozenset(("SCH", "RF1", "OBR", "ORC"))
_NUMBERED = frozenset(
    ("PV1", "OBX", "OBR", "DG1", "PR1", "IN1", "GT1", "NTE", "FT1", "AIS", "AIG", "AIL", "AIP", "ACC", "SPM", "TXA", "TQ1")
)


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the facts of every message; every populated field ends in the ledger."""
    told: list[Fact] = []
    issues: list[Issue] = []
    tally = _Tally()
    for items in _messages(reading.items):
        m = Message(reading, partner, issues)
        segments = _segments(items)
        _Walk(m, segments).walk()
        told += m.facts.values()
        tally.count(segments)
    if missed := sum(tally.missed.values()):
        issues.append(issue("IN-013", count=missed))
    return Facts(tuple(told), tuple(issues), tally.entries())


def _messages(items: tuple[Item, ...]) -> list[list[Item]]:
    """Cut at each header: items of one message stand together."""
    cut: list[list[Item]] = []
    for item in items:
        if item.label == "MSH" or not cut:
            cut.append([])
        cut[-1].append(item)
    return cut


def _segments(items: list[Item]) -> list[Segment]:
    separators = separators_of(items[0].value)
    if separators == USUAL:
        return [Segment(i.value, i.place.path) for i in items]
    return [Segment(usual(i.value, separators), i.place.path) for i in items]


class _Tally:
    """How many populated fields had which end. What was understood is counted per segment, what was not per field and component."""

    def __init__(self) -> None:
        self.mapped: dict[str, int] = {}
        self.ignored: dict[tuple[str, str], int] = {}  # path, rule
        self.missed: dict[str, int] = {}

    def count(self, segments: list[Segment]) -> None:
        """Give every populated field of a message its end; components that no rule took have one of their own."""
        missed, ignored = self.missed, self.ignored
        for s in segments:
            name, left, mapped = s.name, s.left, 0
            rule = s.refused or _ENVELOPE.get(name)
            named, paths = _ignored(name), _paths(name)
            for n, value in enumerate(s.fields):
                if not value or (value[0] in _BLANK and not value.strip("^~& ")) or n == 0:
                    continue
                rest = left.get(n)
                if rest is not None:
                    mapped += 1
                    if rest:
                        self._leftovers(name, n, rest)
                elif why := rule or named.get(n):
                    key = (name, why)
                    ignored[key] = ignored.get(key, 0) + 1
                else:
                    path = paths[n] if n < 100 else f"{name}-{n}"
                    missed[path] = missed.get(path, 0) + 1
            if mapped:
                self.mapped[name] = self.mapped.get(name, 0) + mapped

    def _leftovers(self, name: str, n: int, rest: tuple[int, ...]) -> None:
        for component in rest:
            if component < 0:
                key = (name, "how the value is written")
                self.ignored[key] = self.ignored.get(key, 0) + 1
            else:
                path = f"{name}-{n}.{component or 'repetitions'}"
                self.missed[path] = self.missed.get(path, 0) + 1

    def entries(self) -> tuple[Entry, ...]:
        """Give the ledger."""
        return (
            *[_entry(name, 0, name, n) for name, n in self.mapped.items()],
            *[_entry(name, 1, rule, n) for (name, rule), n in self.ignored.items()],
            *[_entry(path, 2, "", n) for path, n in self.missed.items()],
        )


_ENDS = (End.MAPPED, End.IGNORED, End.NOT_UNDERSTOOD)


@lru_cache(16384)
def _entry(path: str, end: int, rule: str, count: int) -> Entry:
    return Entry(path, _ENDS[end], rule, count)


@lru_cache(512)
def _paths(name: str) -> list[str]:
    return [f"{name}-{n}" for n in range(100)]


@lru_cache(512)
def _ignored(name: str) -> dict[int, str]:
    """Fields that the maps of this segment drop by name."""
    found: dict[int, str] = {1: "number of the segment"} if name in _NUMBERED else {}
    for each in maps_of(name):
        found |= each.ignored
    return found


class _Walk:
    """One message: groups in the order they stand, what they are about first."""

    def __init__(self, m: Message, segments: list[Segment]) -> None:
        self.m, self.segments = m, segments
        self.specimen: str | None = None

    def walk(self) -> None:
        """Tell what the message tells."""
        m = self.m
        self._header(self.segments[0])
        if m.kind in _ANSWERS and not any(s.name == "PID" for s in self.segments):
            for s in self.segments:
                s.refused = "acknowledgement or query"
            return
        self._tell(grown(m.kind, m.event, m.structure, self.segments[1:]))
        for system in sorted(m.unknown):
            m.complain("IN-017", self.segments[0], system=system)
        if m.patient is None:
            m.facts = {k: f for k, f in m.facts.items() if not (f.kind in NAMES_PERSON and f.kind in _NEEDS_OWNER)}

    def _header(self, msh: Segment) -> None:
        m = self.m
        m.kind, m.event, m.structure = (first(msh, 9, n).upper() for n in (1, 2, 3))
        m.control, m.sender = first(msh, 10), first(msh, 4)
        written = first(msh, 7)
        for mark in "+-":
            offset = written.partition(mark)[2]
            if is_offset(offset):
                m.zone = mark + offset
        m.fields = m.memory.fields(m.zone)
        said = moment(written, m.zone, m.partner.timezone)
        m.said = datetime.fromisoformat(said) if said and "T" in said else None

    def _tell(self, group: Group) -> None:
        """Tell a group: its person, its visit, then everything in the order of the message."""
        m = self.m
        if pid := group.first("PID"):
            m.encounter = None
            carers(group, m, patient(pid, group, m))
        visits = list(group.groups("PV1"))
        early = visits[0] if pid and len(visits) == 1 else None
        if early:
            self._visit(early)
        for child in group.children:
            if isinstance(child, Segment):
                self._segment(child, group)
            elif child is not early:
                self._group(child)
        for name, tell in _AFTER.items():
            for s in group.all(name):
                tell(s, group, m)

    def _segment(self, s: Segment, group: Group) -> None:
        m = self.m
        if s.name == "PV1":
            m.encounter = encounter(s, group, m) or m.encounter
        elif s.name == "NTE":
            if m.patient and not group.has & _TAKES_NOTES and (said := whole(s, 3)):
                observations.remark(said, s, m)
        elif s.name in _ALONE:
            _ALONE[s.name](s, m)
        elif s.name in _WITH_GROUP:
            _WITH_GROUP[s.name](s, group, m)
        elif s.name not in _KNOWN:
            own_segment(s, m)

    def _visit(self, group: Group) -> None:
        m = self.m
        if pv1 := group.first("PV1"):
            m.encounter = encounter(pv1, group, m) or m.encounter
        for child in group.children:
            if isinstance(child, Segment) and child.name not in _KNOWN:
                own_segment(child, m)

    def _group(self, group: Group) -> None:
        """Tell a group by the segment that makes it what it is."""
        m, has = self.m, group.has
        if "PV1" in has and "PID" not in has:
            self._visit(group)
            return
        if not has.isdisjoint(("ORC", "OBR", "RXA")) or not has.isdisjoint(_DRUGS):
            self._order(group)
        elif "SPM" in has:
            self._specimen(group)
        elif "OBX" in has:
            observations.observe(group, None, m)
        elif "PRB" in has:
            clinical.problem(group, m)
            self._inner(group)
        elif "GOL" in has:
            clinical.goal(group, m)
            self._inner(group)
        elif "MFE" in has or "STF" in has:
            entry(group, m)
        elif not has & {"RGS", "AIS", "AIG", "AIL", "AIP", "PRD", "TQ1"}:
            self._tell(group)
            return
        for s in group.children:
            if isinstance(s, Segment) and s.name not in _KNOWN and s.name not in _ALONE:
                own_segment(s, m)

    def _inner(self, group: Group) -> None:
        for child in group.children:
            if isinstance(child, Group):
                self._group(child)

    def _order(self, group: Group) -> None:
        """Tell what an ORC group orders: by what is in it, and by what the message is for."""
        m = self.m
        if "RXA" in group.has or any(True for _ in group.groups("RXA")):
            rxa = next(group.below("RXA"))
            if m.kind in {"RAS", "RRA", "RAR", "RDE", "RDS", "RGV"}:
                treatments.medicines(group, m)
            else:
                reference = treatments.immunization(rxa, group, m)
                order = observations.Order(group, m)
                order.service = first(rxa, 5)
                for g in group.groups("OBX"):
                    observations.observe(g, order, m)
                if reference:
                    for observed in order.observations:
                        m.part_of(observed, reference)
        elif any(True for n in _DRUGS for _ in group.below(n)):
            treatments.medicines(group, m)
            participants(group, m)
            order = observations.Order(group, m)
            for g in group.groups("OBX"):
                observations.observe(g, order, m)
        else:
            orders.order(group, m, self.specimen)
        for ft1 in group.all("FT1"):
            clinical.charge(ft1, m)
        for txa in group.all("TXA"):
            clinical.document(txa, group, m)

    def _specimen(self, group: Group) -> None:
        """OUL_R22: the specimen stands outside of its orders."""
        m = self.m
        if not m.patient:
            return
        self.specimen = orders.specimen(group, None, m)
        participants(group, m)
        for child in group.children:
            if isinstance(child, Group):
                self._group(child)
        self.specimen = None


_ALONE: dict[str, Callable[[Segment, Message], None]] = {
    "NK1": related, "GT1": guarantor, "MRG": merged, "AL1": clinical.allergy, "IAM": clinical.allergy, "DG1": clinical.diagnosis,
    "FT1": clinical.charge,
}  # fmt: skip
_WITH_GROUP: dict[str, Callable[[Segment, Group, Message], None]] = {
    "PR1": clinical.procedure, "IN1": clinical.coverage,
}  # fmt: skip
_AFTER: dict[str, Callable[[Segment, Group, Message], None]] = {
    "TXA": clinical.document, "SCH": clinical.appointment, "RF1": clinical.referral,
}  # fmt: skip
_KNOWN = frozenset(
    [
        "PID",
        "PD1",
        "PV1",
        "PV2",
        "PRT",
        "ROL",
        "OBX",
        "OBR",
        "ORC",
        "NTE",
        "SPM",
        "TQ1",
        "TQ2",
        "RXA",
        "RXR",
        "RXO",
        "RXE",
        "RXD",
        "RXG",
        "TXA",
        "SCH",
        "AIS",
        "AIG",
        "AIL",
        "AIP",
        "RGS",
        "RF1",
        "PRD",
        "PRB",
        "GOL",
        "MFE",
        "STF",
        "PRA",
        "LOC",
        "EVN",
        "IN2",
        "IN3",
        "MSA",
        "ERR",
        "QAK",
        "QPD",
    ]
)
