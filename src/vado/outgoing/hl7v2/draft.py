"""One message in the making: who sends it to whom, whom it is about, and what it could not carry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.model.fact import Fact, FhirJson
from vado.model.original import stable_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.hl7v2 import values as v
from vado.outgoing.hl7v2.er7 import Field, message, segment
from vado.record.outward import Loss, Outward, best_patient, known_patients, numbers, outward

MEDIA_TYPE = "x-application/hl7-v2+er7"
_STRUCTURE = {"ADT^A31": "ADT_A05", "ORU^R01": "ORU_R01", "MDM^T02": "MDM_T02"}


@dataclass(slots=True)
class Draft:
    """What is written of one record for one partner."""

    record: Record
    partner: PartnerProfile
    wish: Wish
    names: v.Names
    view: Outward
    carried: set[str] = field(default_factory=set)  # ids of facts that stand in a message as values
    losses: list[Loss] = field(default_factory=list)  # parts of facts that stand in a message
    refused: list[Loss] = field(default_factory=list)  # facts that their segment cannot say

    @property
    def language(self) -> str:
        """The partner's usual language."""
        return self.partner.languages[0] if self.partner.languages else "en"

    def option(self, name: str, default: Any) -> Any:
        """Give an option of the wish."""
        return self.wish.options.get(name, default)

    def take(self, fact: Fact, losses: Iterable[Loss] = ()) -> None:
        """Note that a fact stands in a message, and what of it does not."""
        self.carried.add(fact.id)
        self.losses += losses

    def refuse(self, fact: Fact, reason: str) -> None:
        """Note that a fact cannot stand in any of these messages."""
        self.refused.append((fact.id, reason))


def draft(record: Record, partner: PartnerProfile, wish: Wish) -> Draft:
    """Begin the messages of one record."""
    view = outward(record, partner.id, echo=bool(wish.options.get("echo", False)))
    return Draft(record, partner, wish, v.Names(partner), view)


def finish(d: Draft, kind: str, body: list[str], losses: Iterable[Loss]) -> Outgoing:
    """Put the header before the segments. The same record gives the same control id, whenever it is written (MSH-10)."""
    control = stable_id("hl7v2", d.wish.partner, d.wish.name, d.record.person.id, kind, *body)[:20]
    code, _, event = kind.partition("^")
    header: Mapping[int, Field] = {
        3: d.option("sending_application", v.OURS), 4: d.option("sending_facility", v.OURS),
        5: d.option("receiving_application", ""), 6: d.option("receiving_facility", d.partner.id), 7: _now(d),
        9: (code, event, _STRUCTURE[kind]), 10: control, 11: d.option("processing", "P"), 12: d.option("version", "2.5.1"),
        15: "AL", 16: "NE", 18: "UNICODE UTF-8",
    }  # fmt: skip
    events = [] if code == "ORU" else [segment("EVN", {1: event, 2: _now(d)})]
    content = message([segment("MSH", header), *events, *body])
    return Outgoing(content, MEDIA_TYPE, tuple(dict.fromkeys(losses)), f"{code}_{event}_{control}.hl7")


def _now(d: Draft) -> str:
    return v.ts(d.record.at.replace(microsecond=0).isoformat())


def pid(d: Draft) -> str:
    """PID: the numbers that the partner knows the person by, and who it is as the partner told it itself."""
    own = known_patients(d.record, d.partner.id)
    told = own[0] if own and d.option("demographics", "own") == "own" else best_patient(d.record)
    p = told.resource
    contacts = [(c, x) for c in p.get("telecom", ()) if (x := v.xtn(c))]
    return segment(
        "PID",
        {
            1: "1",
            3: [v.cx(i, d.names) for i in _numbers(d)],
            5: [x for n in p.get("name", ()) if any(x := v.xpn(n))] or v.NO_NAME,
            7: v.ts(p.get("birthDate", "")),
            8: v.GENDER.get(p.get("gender", ""), ""),
            11: [v.xad(a) for a in p.get("address", ())],
            13: [x for c, x in contacts if c.get("use") != "work"],
            14: [x for c, x in contacts if c.get("use") == "work"],
            **_died(p),
        },
    )


def _died(patient: FhirJson) -> dict[int, Field]:
    """PID-29, PID-30."""
    if at := v.ts(patient.get("deceasedDateTime")):
        return {29: at, 30: "Y"}
    dead = patient.get("deceasedBoolean")
    return {} if dead is None else {30: "Y" if dead else "N"}


def _numbers(d: Draft) -> list[FhirJson]:
    """The partner's own first; Vado's where nobody's may be told."""
    found = list(numbers(d.record, d.partner, everything=d.option("numbers", "known") == "all"))
    return found or [{"value": d.record.person.id, "type": {"coding": [{"code": "PI"}]}, "system": v.OUR_SYSTEM}]


def no_visit() -> str:
    """PV1 of a message that is about no visit: required by its structure."""
    return segment("PV1", {1: "1", 2: "N"})
