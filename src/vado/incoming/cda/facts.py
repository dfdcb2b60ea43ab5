"""What a CDA reading says, as FHIR facts. Source: HL7 C-CDA on FHIR, CDA to FHIR tables."""

from datetime import datetime
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.incoming.cda import header as heading
from vado.incoming.cda import others, values
from vado.incoming.cda.book import Book
from vado.incoming.cda.entries import say_entry
from vado.incoming.cda.narrative import narrative
from vado.incoming.cda.node import Node, entries, grow, ledger, parser
from vado.incoming.cda.values import Json
from vado.model.fact import End, Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Item, Reading, issue


def say(reading: Reading, partner: PartnerProfile, elements: list[Any] | None = None) -> Facts:
    """Give the facts, issues and ledger of one document or part of one.

    `elements`: the items as parsed, where they still are at hand; else they are parsed again.
    """
    book = Book(reading, partner)
    told: list[Node] = []
    roots = [(item, _root(item, elements[n] if elements else None, told)) for n, item in enumerate(reading.items)]
    for node in told:
        node.rule = narrative(node.raw, book.texts)  # kept until the section is said
    _who(book, [root for _, root in roots])
    sections = [s for item, root in roots for s in _body(book, item, root)]
    for item, root in roots:
        if item.label == "header":
            heading.say_composition(book, root, sections)
            others.service(book, root)
            for name in ("participant", "informant"):
                for node in root.all(name):
                    others.related(book, node, node.kid("associatedEntity") or node.kid("relatedEntity"))
    for item, root in roots:
        ledger(root, item.label, book.ends)
    if book.patient is None:
        book.issues.append(issue("IN-011"))
    lost = sum(n for (_, end, _), n in book.ends.items() if end == End.NOT_UNDERSTOOD.value)
    if lost:
        book.issues.append(issue("IN-013", count=lost))
    return Facts(tuple(book.facts.values()), tuple(book.issues), entries(book.ends))


def _root(item: Item, element: Any, told: list[Node]) -> Node:
    if element is None:
        element = etree.fromstring(item.value.encode(), parser(recover=True))
    return grow(element, item.place.path, None, told)


def _who(book: Book, roots: list[Node]) -> None:
    """Find the document's own id and time, and the patient, before anything else."""
    for root in roots:
        if root.name == "/ClinicalDocument":
            ids = values.identifiers(root.all("id"))
            book.document = f"{ids[0].get('system')}|{ids[0]['value']}" if ids else book.document
            said = book.when(root.kid("effectiveTime"))
            book.asserted = datetime.fromisoformat(said) if said and "T" in said else None
        target = root if root.name.startswith("/recordTarget") else root.kid("recordTarget")
        role = target.kid("patientRole") if target else None
        if role and book.patient is None:
            heading.say_patient(book, role)
        visit = root.kid("componentOf", "encompassingEncounter")
        if visit:
            heading.say_visit(book, visit)


def _body(book: Book, item: Item, root: Node) -> list[Json]:
    if item.label == "header":
        return []
    if item.label.startswith("section"):
        return [_section(book, root)]
    if root.kids.get("section"):
        return [_section(book, s) for s in root.all("section")]
    plain = item.place.path.strip("/").partition("[")[0]
    if plain in ("entry", "component", "entryRelationship"):
        say_entry(book, root)
    else:
        say_entry(book, _around(root, plain))
    return []


def _around(root: Node, name: str) -> Node:
    """A loose act stands in an entry of its own, so that one walk fits all."""
    outer = Node("", {}, None)
    outer.kids[name] = [root]
    return outer


def _section(book: Book, node: Node) -> Json:
    code, title, text = node.kid("code"), node.kid("title"), node.kid("text")
    book.section = code.attrs.get("code", "") if code else ""
    found: Json = {"title": title.text if title else "", "code": book.concept(code)}
    if title:
        title.took()
    if text is not None and text.raw is not None:
        shown, text.rule = text.rule, ""
        text.took(End.TEXT, "narrative of the section")
        found["text"] = {"status": "additional", "div": shown} if shown else None
    found["entry"] = [r for e in node.all("entry") for r in say_entry(book, e)]
    found["section"] = [_section(book, s) for c in node.all("component") for s in c.all("section")]
    found = {k: v for k, v in found.items() if v}
    if not found.keys() & {"text", "entry", "section"}:  # FHIR R4 cmp-1
        found["text"] = {"status": "empty", "div": '<div xmlns="http://www.w3.org/1999/xhtml">-</div>'}
    return found
