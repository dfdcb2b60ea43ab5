"""How a person's header is shown on several pages: names, birth dates, sex, numbers, per partner."""

from dataclasses import dataclass

from vado.model.fact import Fact
from vado.record.head import heading
from vado.record.words import name_of

__all__ = ["Told", "heading", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one partner says about who this is."""

    partner: str
    patient: str
    name: str
    birth_date: str
    gender: str
    numbers: tuple[str, ...]
    address: str
    from_paper: bool


def told(patient: Fact) -> Told:
    """Read one partner's Patient."""
    r = patient.resource
    numbers = tuple(i["value"] for i in r.get("identifier", ()) if i.get("value"))
    return Told(
        patient.evidence.partner, patient.id, name_of(patient.resource), r.get("birthDate", ""), r.get("gender", ""),
        numbers[:6], _address(patient), patient.evidence.confidence < 1,
    )  # fmt: skip


def _address(patient: Fact) -> str:
    addresses = patient.resource.get("address") or [{}]
    a = addresses[0]
    parts = [*a.get("line", ()), a.get("postalCode", ""), a.get("city", "")]
    return ", ".join(p for p in parts if p) or a.get("text", "")
