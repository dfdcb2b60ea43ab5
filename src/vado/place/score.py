"""How near the records come to the truth: facts found and invented, persons joined rightly and wrongly."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from vado.model.person import plain_letters

Told = tuple[str, list[tuple[dict[str, Any], str]], list[tuple[dict[str, Any], str, str]]]
_KINDS = {
    "Condition": "Condition", "AllergyIntolerance": "AllergyIntolerance", "Observation": "Observation", "Immunization": "Immunization",
    "MedicationStatement": "Medication", "MedicationRequest": "Medication", "MedicationDispense": "Medication",
}  # fmt: skip
_CODE = ("code", "medicationCodeableConcept", "vaccineCode")


@dataclass
class Score:
    """The figures. A telling is one fact as told by one partner; it must stand in the right person's record."""

    tellings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))  # partner -> [found, all]
    rungs: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))  # fidelity -> [true, told]
    linked: int = 0  # pairs of patients linked
    linked_rightly: int = 0
    belong: int = 0  # pairs that belong together
    mixed: int = 0  # records that hold more than one human being
    split: int = 0  # human beings in more than one record
    unknown: int = 0  # patients that nobody in the truth is
    misses: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Say the figures, one a line."""
        found, total = map(sum, zip(*self.tellings.values(), strict=True)) if self.tellings else (0, 0)
        true, told = map(sum, zip(*self.rungs.values(), strict=True)) if self.rungs else (0, 0)
        out = [f"Facts found in the right record (recall): {_share(found, total)}"]
        out += [f"    {partner}: {_share(*counts)}" for partner, counts in sorted(self.tellings.items())]
        out.append(f"Facts in records that are true (precision): {_share(true, told)}")
        out += [f"    {rung}: {_share(*counts)}" for rung, counts in sorted(self.rungs.items())]
        out.append(
            f"Links that are right (precision): {_share(self.linked_rightly, self.linked)}; false links: {self.linked - self.linked_rightly}"
        )
        out.append(
            f"Links found (recall): {_share(self.linked_rightly, self.belong)}; missed links: {self.belong - self.linked_rightly}"
        )
        out.append(
            f"Records that mix people: {self.mixed}; people in more than one record: {self.split}; patients of unknown people: {self.unknown}"
        )
        return out


def score(truth: dict[str, Any], records: Iterable[Told]) -> Score:
    """Compare records with the truth.

    Args:
        truth: as town.truth gives it.
        records: (person id, [(Patient, partner)], [(resource, partner, fidelity)]) per person.
    """
    s = Score()
    who = _Who(truth["patients"])
    facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in truth["facts"]:
        facts[fact["person"]].append(fact)
    homes: dict[str, set[str]] = defaultdict(set)
    found: set[tuple[int, str]] = set()
    for person, patients, told in records:
        people = [who.is_(patient, partner) for patient, partner in patients]
        s.unknown += people.count("")
        _pairs(s, people)
        for human in set(people) - {""}:
            homes[human].add(person)
        owners = {patient["id"]: human for (patient, _), human in zip(patients, people, strict=True)}
        _facts(s, facts, owners, told, found)
    for fact in truth["facts"]:
        for partner in fact["partners"]:
            hit = (id(fact), partner) in found
            s.tellings[partner][0] += hit
            s.tellings[partner][1] += 1
            if not hit:
                s.misses.append(f"{partner}: {fact['kind']} {fact['texts'][0]} {fact['date']} {fact['person']}")
    s.split = sum(len(h) > 1 for h in homes.values())
    s.belong = sum(n * (n - 1) // 2 for n in who.patients_each().values())
    return s


class _Who:
    """Which human being a partner's patient is, by any number, else by name and birth date."""

    def __init__(self, patients: list[dict[str, str]]) -> None:
        self._patients = patients
        self._numbers: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        for p in patients:
            self._numbers |= {p[k]: p["person"] for k in ("number", "nhs", "dni") if p[k]}
            self._names[(_words(p["name"]), p["birth"])] = p["person"]
        self.seen: dict[str, set[str]] = defaultdict(set)

    def is_(self, patient: dict[str, Any], partner: str) -> str:
        """Give the human being, or ''."""
        numbers = ["".join(str(i.get("value", "")).split()) for i in patient.get("identifier", ())]
        names = [n.get("text") or " ".join([*n.get("given", ()), n.get("family", "")]) for n in patient.get("name", ())]
        by_name = (self._names.get((_words(n), patient.get("birthDate", "")), "") for n in names)
        human = next((h for h in (*(self._numbers.get(n, "") for n in numbers), *by_name) if h), "")
        if human:
            self.seen[human].add(patient["id"])
        return human

    def patients_each(self) -> dict[str, int]:
        """How many patients each human being has in the records."""
        return {human: len(ids) for human, ids in self.seen.items()}


def _pairs(s: Score, people: list[str]) -> None:
    for one, other in combinations([p for p in people if p], 2):
        s.linked += 1
        s.linked_rightly += one == other
    s.mixed += len(set(people) - {""}) > 1


def _facts(
    s: Score, facts: dict[str, list[dict[str, Any]]], owners: dict[str, str], told: list[tuple[dict[str, Any], str, str]],
    found: set[tuple[int, str]],
) -> None:  # fmt: skip
    """Count a fact as true only for the very human being whose patient it names, whoever else is in the record."""
    for resource, partner, rung in told:
        kind = _KINDS.get(resource["resourceType"])
        if kind is None:
            continue
        about = resource.get("subject") or resource.get("patient") or {}
        human = owners.get(str(about.get("reference", "")).partition("/")[2], "")
        true = [t for t in facts.get(human, ()) if t["kind"] == kind and _same(t, resource)]
        s.rungs[rung][1] += 1
        s.rungs[rung][0] += bool(true)
        found |= {(id(t), partner) for t in true if partner in t["partners"]}


def _same(t: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Compare what is told with what is so: the thing, its strength, value, unit and date, and that it is not taken back."""
    concept = next((resource[k] for k in _CODE if k in resource), {})
    codes = {c.get("code") for c in concept.get("coding", ())}
    text = _words(" ".join([concept.get("text", ""), *(c.get("display", "") for c in concept.get("coding", ()))]))
    named = bool(codes & set(t["codes"])) or any(_words(w) in text for w in t["texts"])
    if not named and t["kind"] == "AllergyIntolerance":
        words = text.split()
        named = any(_words(w).split()[-1] in words for w in t["texts"]) and "known" not in words and "sin" not in words
    if not named or _taken_back(resource) or (t["strength"] and _words(t["strength"]) not in text):
        return False
    if t["kind"] != "Observation" or not t["value"]:
        return True
    quantity = resource.get("valueQuantity", {})
    value, when = quantity.get("value"), str(resource.get("effectiveDateTime", ""))[:10]
    right = value is not None and abs(float(value) - float(t["value"])) < 1e-9 and quantity.get("unit") == t["unit"]
    return right and when in {"", t["date"]}


def _taken_back(resource: dict[str, Any]) -> bool:
    codes = {c.get("code") for c in resource.get("verificationStatus", {}).get("coding", ())}
    return bool(codes & {"refuted", "entered-in-error"}) or resource.get("status") in {
        "entered-in-error",
        "preliminary",
        "cancelled",
    }


def _words(text: str) -> str:
    return (
        " ".join(sorted(plain_letters(text).replace("-", " ").split()))
        if len(text.split()) < 2
        else plain_letters(text).replace("-", " ").strip()
    )


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"
