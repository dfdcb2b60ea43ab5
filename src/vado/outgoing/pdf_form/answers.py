"""Which fact of a record goes into which fields of a form: the profile's [[form]] the other way round."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.extract.fill import Filling
from vado.extract.layout import Target, fold
from vado.extract.shapes import ESSENTIAL
from vado.model.fact import Fact, FhirJson
from vado.model.partner import PartnerProfile
from vado.model.record import Line, Record
from vado.model.said import CITIZEN
from vado.outgoing.pdf_form.elements import Fits, Pen, found, same
from vado.record import words
from vado.record.head import by_trust, heading, trusted
from vado.record.outward import SAID

PAPER = "read from paper and not reviewed"
_WAITS = "waits for a person, so it is no fact yet"
_NOT_ASKED = "the form does not ask for it"
_NO_ROOM = "the form has no more room for it"
_CONFLICT = "contradicts what the form shows, and the form has no place to say so"
_JOINED = "in words only: joined with others in one field"
_MORE = "the form only says that there is more"
_STATUS = "the form cannot say that it does not hold (any more)"
_OVER = {"resolved", "inactive", "remission", "refuted", "entered-in-error", "stopped", "cancelled", "completed", "not-taken", "on-hold",
         "revoked", "not-done", "draft", "declined"}  # fmt: skip
_SILENT = {"resourceType", "id", "meta", "text", "language", "subject", "patient", "identifier", "intent", "status", "category"}
_ABOUT = {"category", "type", "class"}


@dataclass(slots=True)
class Answers:
    """What to write: label -> text, which facts that is, and what the form cannot carry."""

    texts: dict[str, str] = field(default_factory=dict)
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # label -> ids
    losses: list[tuple[str, str]] = field(default_factory=list)
    empty: set[str] = field(default_factory=set)  # labels that a fact in the form has nothing for: nobody else's may stand there

    def clash(self, labels: Iterable[str], texts: Mapping[str, str]) -> bool:
        """Say whether a field that several places share (one date for all) would say something else of one of them."""
        filled = any(label in self.texts and self.texts[label] != texts.get(label, "") for label in labels)
        return filled or any(label in self.empty for label in texts)


class Form:
    """One layout of a partner, bound to the labels that the blank has."""

    def __init__(  # noqa: PLR0913 - all that a form is
        self, filling: Filling, written: Mapping[str, Any], labels: Iterable[str], partner: PartnerProfile, fits: Fits
    ) -> None:  # fmt: skip
        """Bind a compiled layout, the profile's own writing of it, and what the fields of the blank take."""
        self._partner, self._layout, self._fits = partner, filling.layout, fits
        self._pen = Pen(filling, written, partner, fits)
        self._filling = filling
        self._slots: dict[str, list[tuple[str, Target]]] = {}
        for label in labels:
            for target in filling.layout.targets.get(fold(label), ()):
                self._slots.setdefault(target.resource, []).append((label, target))

    def answer(self, record: Record) -> Answers:
        """Choose what goes where: the person, then each line into the first place of the form that asks for it, newest first."""
        answers = Answers()
        self._answer_person(record, answers)
        answers.losses += [(line.shown.id, _WAITS) for line in record.waiting]
        open_slots = sorted((s for s in self._slots if not s.startswith("Patient")), key=self._is_general)
        left = [line for line in record.lines if line.shown.evidence.partner != CITIZEN]
        answers.losses += [(line.shown.id, SAID) for line in record.lines if line not in left]
        for slot in open_slots:
            for line in [one for one in left if one.shown.kind == slot.partition("#")[0]]:
                if self._put(slot, line, answers):
                    left.remove(line)
                    break
        self._join(open_slots, left, answers)
        for line in left:
            answers.losses.append((line.shown.id, self._why_not(line.shown, open_slots)))
        answers.losses += [(f.id, _CONFLICT) for line in record.lines for f in line.conflicts]
        return answers

    # --- the person

    def _answer_person(self, record: Record, answers: Answers) -> None:
        """Write who it is: what belongs together (the parts of a name, of an address) from one partner's telling."""
        usual = heading(record.person)
        told = [f for f in by_trust(record.person) if trusted(f)]
        told.sort(key=lambda f: (f.evidence.partner != self._partner.id, words.name_of(f.resource) != usual))  # its own first
        answers.losses += [(f.id, PAPER) for f in record.person.patients if not trusted(f)]
        together: dict[Any, list[tuple[str, Target]]] = {}
        for label, target in self._slots.get("Patient", ()):
            alone = target.steps[0][0] in ("identifier", "telecom")
            together.setdefault((target.steps[0], label if alone else ""), []).append((label, target))
        for fields in together.values():
            texts = [
                (f.id, {x: t for x, one in fields if (t := self._pen.text(x, one, f.resource, unit_elsewhere=False))})
                for f in told
            ]
            best, said = max(texts, key=lambda one: len(one[1]), default=("", {}))
            for label, text in said.items():
                if why := self._fits(label, text):
                    answers.losses.append((best, why))
                else:
                    answers.texts[label], answers.facts[label] = text, (best,)

    # --- the lines

    def _put(self, slot: str, line: Line, answers: Answers) -> bool:
        """Write one line into a place of the form, all of it that is asked for or nothing."""
        fact = line.shown
        if not trusted(fact) or self._over(fact.resource, slot) or not self._speaks_of(slot, fact.resource):
            return False
        texts, labels = self._texts(slot, fact.resource), [label for label, _ in self._slots[slot]]
        if texts is None or answers.clash(labels, texts):
            return False
        if refused := next((why for label, text in texts.items() if (why := self._fits(label, text))), ""):
            answers.losses.append((fact.id, refused))
            return True
        answers.texts |= texts
        answers.empty |= {*labels} - texts.keys()
        answers.facts |= {label: (*answers.facts.get(label, ()), fact.id) for label in texts}
        if missing := self._left_out(slot, texts, fact.resource):
            answers.losses.append((fact.id, f"the form has no field for: {', '.join(missing)}"))
        return True

    def _texts(self, slot: str, resource: FhirJson) -> dict[str, str] | None:
        """Give the texts of a place; None: what the resource is about cannot be written there."""
        fields = self._slots[slot]
        unit = any(t.steps[0][0] == "valueQuantity" for _, t in fields) or self._constant(slot, "valueQuantity")
        texts = {label: self._pen.text(label, t, resource, unit_elsewhere=unit) for label, t in fields}
        about = [label for label, t in fields if t.steps[0][0] in ESSENTIAL[slot.partition("#")[0]]]
        main = about or [label for label, t in fields if t.steps[0][0].startswith("value")]
        values = [label for label, t in fields if t.steps[0][0].startswith("value") and t.leaf.type != "string"]
        told = any(k.startswith("value") for k in resource)
        if not any(texts[label] for label in main) or (values and told and not any(texts[label] for label in values)):
            return None
        return {label: text for label, text in texts.items() if text}

    def _speaks_of(self, slot: str, resource: FhirJson) -> bool:
        """Say whether what the form prints beside the fields (its constants) is so of this resource."""
        about: list[bool] = []
        for target, value in self._layout.constants:
            if target.resource != slot or target.steps[0][0] in ("status", "intent"):
                continue
            there, told = found(resource, target, self._layout), self._filling.means(target, value)
            holds = any(same(told, one) for one in there) or any(_plainly(told, one) for one in there)
            if target.steps[0][0] in ESSENTIAL[target.kind] and target.steps[0][0] not in _ABOUT:
                about.append(holds or fold(str(value)) in map(fold, _names(resource)))
            elif there and not holds:
                return False
        return any(about) or not about

    def _over(self, resource: FhirJson, slot: str) -> bool:
        """Say whether it does not hold (any more), and the place has no field or print to say so."""
        mapped = {t.steps[0][0] for _, t in self._slots[slot]}
        codes = {name: _codes(resource.get(name)) for name in ("clinicalStatus", "verificationStatus")}
        if resource["resourceType"] not in ("Observation", "DiagnosticReport", "Immunization", "Procedure", "Encounter"):
            codes["status"] = {str(resource.get("status", ""))}
        elif resource.get("status") in ("not-done", "entered-in-error", "cancelled"):
            codes["status"] = {str(resource["status"])}
        denied = bool(resource.get("doNotPerform")) and "doNotPerform" not in mapped
        return denied or any(some & _OVER for name, some in codes.items() if name not in mapped)

    def _left_out(self, slot: str, texts: Mapping[str, str], resource: FhirJson) -> list[str]:
        said = {t.steps[0][0] for label, t in self._slots[slot] if label in texts}
        said |= {t.steps[0][0] for t, _ in self._layout.constants if t.resource == slot} | _SILENT
        said |= {k for k in resource if "value" in said and k.startswith("value")} | {"clinicalStatus", "verificationStatus"}
        said |= {k for k in resource if k.startswith("value") and any(s.startswith("value") for s in said)}
        return sorted(k for k in resource if k not in said and not k.startswith("_"))

    def _join(self, slots: list[str], left: list[Line], answers: Answers) -> None:
        """Write more of a kind than there are places for into its field of words; where they do not all fit, the field says how many more.

        A list that looks whole and is not is dangerous.
        """
        for slot in slots:
            label = self._words_alone(slot)
            good = [x for x in left if label in answers.texts and trusted(x.shown) and self._is_good(slot, x)]
            texts = [answers.texts[label], *((self._texts(slot, x.shown.resource) or {})[label] for x in good)] if good else []
            many = self._how_many(label, texts)
            if not many:
                continue
            answers.texts[label] = _listed(texts, many)
            joined = (*answers.facts[label], *(x.shown.id for x in good[: many - 1])) if many > 1 else ()
            answers.losses += [(id_, _JOINED) for id_ in joined]
            answers.losses += [(x.shown.id, _MORE) for x in good[many - 1 :]]
            answers.facts[label] = joined or answers.facts[label]
            left[:] = [x for x in left if x not in good]

    def _how_many(self, label: str, texts: list[str]) -> int:
        """Count how many of these fit into a field together with the number of the others; 0: not even the first."""
        low, high = 0, len(texts)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if not self._fits(label, _listed(texts, middle)) else (low, middle - 1)
        return low

    def _is_good(self, slot: str, line: Line) -> bool:
        same_kind = line.shown.kind == slot.partition("#")[0]
        return same_kind and not self._over(line.shown.resource, slot) and self._texts(slot, line.shown.resource) is not None

    def _words_alone(self, slot: str) -> str:
        """Give the label of a place that is but one field of free words; "" when it is more, or a choice."""
        (label, target), *others = self._slots[slot]
        free = target.leaf.type in ("string", "CodeableConcept") and target.steps[-1][0] in (*ESSENTIAL[target.kind], "text")
        return (
            label if free and not others and not self._is_chosen(label) and not self._constant(slot, target.steps[0][0]) else ""
        )

    def _why_not(self, fact: Fact, slots: list[str]) -> str:
        if not trusted(fact):
            return PAPER
        places = [s for s in slots if s.partition("#")[0] == fact.kind and self._speaks_of(s, fact.resource)]
        if not places:
            return _NOT_ASKED
        if all(self._over(fact.resource, s) for s in places):
            return _STATUS
        return _NO_ROOM if any(self._texts(s, fact.resource) for s in places) else _NOT_ASKED

    def _is_general(self, slot: str) -> bool:
        return not any(t.resource == slot for t, _ in self._layout.constants) and not any(
            self._is_chosen(x) for x, _ in self._slots[slot]
        )

    def _is_chosen(self, label: str) -> bool:
        return fold(label) in self._layout.codes

    def _constant(self, slot: str, element: str) -> bool:
        return any(t.resource == slot and t.steps[0][0] == element for t, _ in self._layout.constants)


def _listed(texts: list[str], many: int) -> str:
    rest = len(texts) - many
    return "; ".join(texts[:many]) + (f" (+{rest})" if rest else "")


def _names(resource: FhirJson) -> Iterator[str]:
    concept = words.concept(resource, {})
    yield from (w for w in (concept.get("text", ""), *(c.get("display", "") for c in concept.get("coding", ()))) if w)


def _codes(concept: Any) -> set[str]:
    return {c.get("code", "") for c in concept.get("coding", ())} if isinstance(concept, Mapping) else set()


def _plainly(told: Any, value: Any) -> bool:
    return isinstance(told, str) and isinstance(value, str) and fold(told) == fold(value)
