"""A form whose fields the partner's profile explains: facts by its layout, and the form itself as a document."""

from dataclasses import replace

from vado.extract.boxes import form_of
from vado.extract.fill import Filling
from vado.extract.layout import Layout, choose, compile_layout
from vado.extract.paper import paper_facts
from vado.extract.rows import Row, Telling
from vado.model.fact import Fact, Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_PRINTED = ("line", "print", "header")  # labels of items that are no fields


def form_facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give what a filled form says: by the [[form]] of the profile whose labels it has, else as any document.

    What was read by OCR gives text, never codings; its confidence is that of its least sure field.
    """
    layouts, broken = _layouts(reading, partner)
    fields = {item.label: item for item in reading.items if item.label not in _PRINTED}
    named = next((name for item in fields.values() if (name := form_of(item.place))), "")
    layout = choose(layouts, fields, named)
    said = paper_facts(reading, partner)
    if layout is None:
        return Facts(said.facts, (*broken, *said.issues), said.ledger)
    told = _told(layout, fields, reading, partner)
    owner = told.patients[0].id if len(told.patients) == 1 else None
    documents = tuple(_owned(f, owner) for f in said.facts if f.kind == "DocumentReference")
    printed = tuple(e for e in said.ledger if e.path in _PRINTED)
    issues = tuple(i for i in said.issues if i.code not in ("IN-011", "IN-012", "IN-504"))
    return Facts((*told.facts, *documents), (*broken, *told.issues, *issues), (*told.ledger, *printed))


def _layouts(reading: Reading, partner: PartnerProfile) -> tuple[list[Layout], tuple[Issue, ...]]:
    layouts: list[Layout] = []
    broken: list[Issue] = []
    for form in partner.forms:
        try:
            layouts.append(compile_layout(form))
        except ValueError as fault:
            broken.append(issue("IN-407", Place(reading.original, "document"), fault=str(fault)))
    return layouts, tuple(broken)


def _told(layout: Layout, fields: dict[str, Item], reading: Reading, partner: PartnerProfile) -> Facts:
    fidelity = min((i.fidelity or reading.fidelity for i in fields.values()), default=reading.fidelity)
    telling = Telling(reading, partner)
    row = Row(
        {label: item.value for label, item in fields.items()},
        lambda labels: tuple(fields[label].place for label in labels) or (Place(reading.original, "document"),),
        lambda labels: min((fields[label].confidence for label in labels), default=1.0),
        fidelity,
    )
    telling.tell(row, Filling(layout, partner, codes=fidelity is not Fidelity.IMAGE))
    return telling.facts()


def _owned(document: Fact, owner: str | None) -> Fact:
    resource = {k: v for k, v in document.resource.items() if k != "subject"}
    if owner:
        resource["subject"] = {"reference": f"Patient/{owner}"}
    return replace(document, resource=resource, patient=owner)
