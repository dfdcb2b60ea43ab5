"""What of a record may go out to a partner, and what stays here and why. Every fact of every line ends in one of the two."""

from collections.abc import Iterable
from dataclasses import dataclass

from vado.model.delivery import sending_at
from vado.model.fact import Fact, FhirJson
from vado.model.original import PartnerId
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Kind, Line, Record
from vado.record.head import by_trust, trusted
from vado.record.words import Index

PAPER = "read from paper and not reviewed"
OWN = "told by this partner itself"
PANEL = "a panel without a value of its own, only its members go out"
_SILENT = {
    "resourceType", "id", "meta", "text", "language", "implicitRules", "contained", "subject", "patient", "identifier", "category",
}  # fmt: skip # elements that say nothing of their own, or that every form says in its own way
_OF_WHOLE = {"component", "hasMember", "interpretation", "referenceRange", "dataAbsentReason", "note"}
Loss = tuple[
    str, str
]  # fact id, reason; a reason with ': ' says that a part is lost (which), one without that the fact stays here


@dataclass(frozen=True, slots=True)
class Told:
    """One fact that may go out, and the line that it stands in."""

    fact: Fact
    line: Line

    @property
    def kind(self) -> Kind:
        """The part of the record."""
        return self.line.kind

    @property
    def disputed(self) -> bool:
        """Say whether another source says otherwise."""
        return bool(self.line.conflicts)


@dataclass(frozen=True, slots=True)
class Outward:
    """A record as one partner may get it."""

    told: tuple[Told, ...]  # in the order of the record
    losses: tuple[Loss, ...]
    index: Index  # what lines refer to, by 'Type/id'


def outward(record: Record, to: PartnerId, *, echo: bool = False) -> Outward:
    """Sort a record for a partner. What only repeats the line that goes out, or that the partner told, is no loss.

    Args:
        record: whose, as joined.
        to: who gets it.
        echo: send it what it told itself, too.
    """
    told: list[Told] = []
    losses: list[Loss] = [(line.shown.id, PAPER) for line in record.waiting]
    for line in record.lines:
        repeated = () if trusted(line.shown) else line.same
        for fact in (line.shown, *line.conflicts, *repeated):
            if not trusted(fact):
                losses.append((fact.id, PAPER))
            elif fact.evidence.partner == to and not echo:
                losses.append((fact.id, OWN))
            else:
                told.append(Told(fact, line))
    index = {f"{f.kind}/{f.id}": f.resource for f in record.others if trusted(f)}
    return Outward(tuple(told), tuple(losses), index)


def link_of(record: Record, wish: Wish) -> str:
    """Give the address that leads back to this record; "" where the wish names none. It may name the sending, never a value."""
    link = str(wish.options.get("link", "")).replace("{person}", record.person.id)
    return link.replace("{sending}", sending_at(wish.partner, wish.name, record.at))


def known_patients(record: Record, partner: PartnerId) -> tuple[Fact, ...]:
    """Give the partner's own patients among those of the person: the one in force first, then as they were linked."""
    ours = [p for p in record.person.patients if p.evidence.partner == partner and trusted(p)]
    return tuple(sorted(ours, key=lambda p: p.resource.get("active") is False))


def best_patient(record: Record) -> Fact:
    """Give the Patient that was told best: not from paper, then by fidelity; ties by id."""
    return by_trust(record.person)[0]


def numbers(record: Record, partner: PartnerProfile, *, everything: bool = False) -> tuple[FhirJson, ...]:
    """Give Identifiers of the person once each, the partner's own first; none that was read from paper alone.

    Args:
        record: whose.
        partner: who gets them: its own, and those of issuers that its profile names.
        everything: all that is known, too.
    """
    own = known_patients(record, partner.id)
    ours = [i for p in own for i in _identifiers(p)]
    issuers = set(partner.identifier_systems.values())
    others = [i for p in record.person.patients if p not in own and trusted(p) for i in _identifiers(p)]
    found = [*ours, *(i for i in others if everything or i.get("system") in issuers)]
    return tuple(i for n, i in enumerate(found) if _number(i) not in map(_number, found[:n]))


def _identifiers(patient: Fact) -> list[FhirJson]:
    return [i for i in patient.resource.get("identifier", ()) if i.get("value")]


def parts_of(observation: FhirJson) -> list[FhirJson]:
    """Give what an observation says one by one: itself where it has a value, and each component with the time and status of the whole.

    A panel that only names its members says nothing itself: [].
    """
    o = observation
    told = [{k: v for k, v in o.items() if k not in _OF_WHOLE and not k.startswith("value")} | c for c in o.get("component", ())]
    has_value = any(k.startswith("value") for k in o)
    return told if not has_value and (told or o.get("hasMember")) else [o, *told]


def left_out(fact: Fact, carried: Iterable[str], also: Iterable[str] = ()) -> tuple[Loss, ...]:
    """Say which elements of a fact a form leaves out: what it has no place for, and what the writer found it cannot say."""
    names = sorted({*fact.resource.keys() - {*carried} - _SILENT, *also})
    names = [n for n in names if not n.startswith("_")]
    return ((fact.id, f"left out: {', '.join(names)}"),) if names else ()


def _number(identifier: FhirJson) -> tuple[str, str]:
    return identifier.get("system", ""), identifier["value"]
