"""What an original says, as FHIR R4, and how we know."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from vado.model.original import OriginalId, PartnerId, stable_id
from vado.model.reading import Fidelity, Issue, Place

FhirJson = dict[str, Any]  # one FHIR R4 resource as plain JSON
ALL = ("*",)  # Evidence.removes: the whole fact is taken back

# Where a resource names the person it is about. FHIR R4, Patient compartment.
NAMES_PERSON = {
    **dict.fromkeys(("AllergyIntolerance", "Immunization", "Device", "FamilyMemberHistory", "RelatedPerson"), "patient"),
    "Coverage": "beneficiary",
    **dict.fromkeys(
        (
            "Condition", "Observation", "Procedure", "MedicationStatement", "MedicationRequest", "DiagnosticReport",
            "DocumentReference", "Composition", "Encounter", "ServiceRequest", "CarePlan", "CareTeam", "Goal",
            "Specimen", "Media", "Flag", "ClinicalImpression", "RiskAssessment", "QuestionnaireResponse",
            "MedicationAdministration", "MedicationDispense", "DeviceUseStatement", "Communication", "List",
        ),
        "subject",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact comes from and by which rule; FHIR Provenance."""

    partner: PartnerId
    original: OriginalId
    places: tuple[Place, ...]  # at least one; the first is the one to show
    reader: str
    rule: str  # 'OBX -> Observation (v2-to-FHIR)', 'lab.toml:glucose'
    fidelity: Fidelity
    confidence: float = 1.0  # chance in [0, 1] that the value was read right
    asserted: datetime | None = None  # aware; when the source said so (MSH-7, document time); None: not said
    reviewed: bool = False  # a person has confirmed it
    partial: bool = False  # what this telling does not name was not said; it stays as told before
    removes: tuple[str, ...] = ()  # elements that the source takes away from what was told before (HL7 v2 null)


@dataclass(frozen=True, slots=True)
class Fact:
    """One FHIR R4 resource with its evidence.

    `resource["id"]` comes from stable_id(partner, business key): the same thing told again in a later
    original is a newer version of the same fact. `patient` is the id of the partner's Patient fact that
    it is about; a Patient fact names itself; None for practitioners, organisations, locations.
    """

    resource: FhirJson = field(repr=False)
    evidence: Evidence
    patient: str | None

    @property
    def id(self) -> str:
        """The FHIR id."""
        return self.resource["id"]

    @property
    def kind(self) -> str:
        """The FHIR resource type."""
        return self.resource["resourceType"]

    @property
    def removed(self) -> bool:
        """Say whether this telling takes the fact back: what was told before is in the record no more."""
        return self.evidence.removes == ALL

    @property
    def wording(self) -> bytes:
        """Give what this telling says of the fact, wherever and whenever it was told."""
        said = [self.resource, self.evidence.partial, list(self.evidence.removes)]
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


class End(StrEnum):
    """What became of one populated element of the source. Every one has exactly one end."""

    MAPPED = "mapped"  # its meaning is in a fact
    TEXT = "text"  # kept as readable text in a fact
    IGNORED = "ignored"  # dropped on purpose, by a named rule
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger of an original: how many elements at this generic path had this end, by which rule."""

    path: str  # generic, without repeat numbers: 'PID-5', 'section 11450-4', 'Sheet1!HBA1C'
    end: End
    rule: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one reading says: facts, issues, and the end of every source element."""

    facts: tuple[Fact, ...] = ()
    issues: tuple[Issue, ...] = ()
    ledger: tuple[Entry, ...] = ()

    @property
    def patients(self) -> tuple[Fact, ...]:
        """The partner's Patient facts among them: whom the original is about."""
        return tuple(f for f in self.facts if f.kind == "Patient" and f.patient == f.id)


def as_it_stands(tellings: Iterable[Fact]) -> Fact:
    """Join the tellings of one fact, newest first, into the fact as it stands.

    The newest telling holds. Where it is partial, what it does not name stays as it was told before, unless it takes it away;
    a status or class that it does not know does not hide one that was known. Of the same words told several times the last counts.
    Source: HL7 v2 chapter 2.5.3; decisions/0007.
    """
    newest, *older = tellings
    if not newest.evidence.partial or not older:
        return newest
    resource: FhirJson = {}
    last = dict[bytes, Fact]()
    for fact in (newest, *older):
        last.setdefault(fact.wording, fact)
    for fact in reversed(last.values()):
        if not fact.evidence.partial:
            resource = {}
        told = {k: v for k, v in fact.resource.items() if k not in resource or _knows(k, v)}
        if "identifier" in told and resource.get("identifier"):  # a number once told is never untold by silence
            told["identifier"] = [*told["identifier"], *(i for i in resource["identifier"] if i not in told["identifier"])]
        resource = {k: v for k, v in resource.items() if k not in fact.evidence.removes} | told
    return Fact(resource, newest.evidence, newest.patient)


def _knows(name: str, value: Any) -> bool:
    """Say whether an element says anything: FHIR asks for some even when nobody knows them."""
    return not (name == "status" and value == "unknown") and not (name == "class" and "code" not in value)


def tally(ledger: Iterable[Entry]) -> dict[End, int]:
    """Count the source elements per end; every End is a key."""
    counts = dict.fromkeys(End, 0)
    for entry in ledger:
        counts[entry.end] += entry.count
    return counts


def patient_id(partner: str, identifiers: Iterable[FhirJson], original: str, path: str) -> str:
    """Name a partner's patient: by the partner's own number if it has one, else by where it stood.

    Of the FHIR Identifiers with system and value a medical record number (type MR) comes first, then other internal
    numbers (PI), then the rest, each by system and value. `original` and `path` say where it stood; they count only when
    no identifier has a system.
    """
    ranked = sorted((_rank(i), i["system"], i["value"]) for i in identifiers if i.get("system") and i.get("value"))
    if ranked:
        return stable_id(partner, "Patient", *ranked[0][1:])
    return stable_id(partner, "Patient", original, path)


def _rank(identifier: FhirJson) -> int:
    codes = {c.get("code") for c in identifier.get("type", {}).get("coding", ())}
    return 0 if "MR" in codes else 1 if "PI" in codes else 2
