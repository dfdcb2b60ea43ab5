"""Bytes of a CDA document -> its header and sections, as written."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.errors import UnreadableOriginal
from vado.incoming.cda.facts import say
from vado.incoming.cda.node import PREFIXES, parser, plain_name
from vado.model.fact import Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_ROOTS = frozenset(
    {
        "ClinicalDocument",
        "component",
        "section",
        "entry",
        "recordTarget",
        "documentationOf",
        "componentOf",
        "structuredBody",
        "act",
        "observation",
        "organizer",
        "procedure",
        "encounter",
        "supply",
        "substanceAdministration",
        "entryRelationship",
    }
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z]\w*)([^>]*)")
_SKIP = re.compile(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.S)


class CdaReader:
    """Reads CDA R2 documents (C-CDA, C32, CCD, European) and parts of them. Source: HL7 CDA R2; C-CDA on FHIR."""

    name = "cda"
    version = "2"

    def __init__(self) -> None:
        self._parsed: tuple[str, list[Any]] = ("", [])  # of the last reading: saves parsing its items again

    def claims(self, original: Original, content: bytes) -> float:
        """Say 1 for a ClinicalDocument, less for a part of one, 0 for anything else."""
        head = content[:4096].replace(b"\0", b"")
        if b"<" not in head:
            return 0.0
        found = _ROOT.search(_SKIP.sub(b"", content[:65536].replace(b"\0", b"")))
        name = found[1].decode() if found else ""
        if name == "ClinicalDocument":
            return 1.0
        return 0.9 if name in _ROOTS and found and b"hl7.org/fhir" not in found[2] else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give the header and each top section, each as its own XML.

        Raises:
            UnreadableOriginal: IN-001 empty, IN-007 no XML, IN-201 entities declared.
        """
        if not content.strip():
            raise UnreadableOriginal("IN-001")
        if b"<!ENTITY" in content[:1_000_000].replace(b"\0", b"").upper():
            raise UnreadableOriginal("IN-201")
        root, issues = _parse(original, content)
        found, children = _split(original, root)
        if not found:
            raise UnreadableOriginal("IN-202")
        reading = Reading(original.id, f"{self.name}/{self.version}", "application/xml", Fidelity.CODED,
                          tuple(item for item, _ in found), tuple(issues), tuple(children))  # fmt: skip
        self._parsed = (reading.original, [element for _, element in found])
        return reading

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means; see facts.py."""
        original, elements = self._parsed
        return say(reading, partner, elements if original == reading.original and len(elements) == len(reading.items) else None)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A CDA document has no pages."""
        return None


def _parse(original: Original, content: bytes) -> tuple[Any, list[Issue]]:
    """Give the root; a part without declared prefixes or with several roots gets a root around it."""
    for wrapped, recover in ((False, False), (True, False), (True, True), (False, True)):
        try:
            root = etree.fromstring(_text(content) if wrapped else content, parser(recover))
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is not None and (len(root) or root.text):
            return root, [issue("IN-203", Place(original.id, "/"))] if recover else []
    raise UnreadableOriginal("IN-007", fault="XML")


def _text(content: bytes) -> bytes:
    body = re.sub(rb"^\xef\xbb\xbf|<\?xml.*?\?>|<!DOCTYPE[^>\[]*>", b"", content, flags=re.S)
    return b"<fragment " + PREFIXES.encode() + b">" + body + b"</fragment>"


_Found = tuple[Item, Any]  # an item and its element


def _split(original: Original, root: Any) -> tuple[list[_Found], list[Arrival]]:
    """Give one item for the header and one for each top section or loose part, each with its element."""
    name = plain_name(root.tag)
    if name == "fragment":
        tops = [e for e in root if isinstance(e.tag, str)]
        if len(tops) == 1 and plain_name(tops[0].tag) == "ClinicalDocument":
            return _document(original, tops[0])
        count: dict[str, int] = {}
        items: list[_Found] = []
        for e in tops:
            count[e.tag] = count.get(e.tag, 0) + 1
            same = sum(o.tag == e.tag for o in tops) > 1
            items += _part(original, e, "/" + plain_name(e.tag) + (f"[{count[e.tag]}]" if same else ""))
        return items, []
    return _document(original, root) if name == "ClinicalDocument" else (_part(original, root, f"/{name}"), [])


def _part(original: Original, el: Any, path: str) -> list[_Found]:
    return [_item(original, el, path)] if plain_name(el.tag) in _ROOTS else []


def _item(original: Original, el: Any, path: str) -> _Found:
    name = plain_name(el.tag)
    code = next((c.get("code") for c in el if isinstance(c.tag, str) and plain_name(c.tag) == "code"), None)
    label = "header" if name == "ClinicalDocument" else f"section {code or ''}".strip() if name == "section" else name
    return Item(label, etree.tostring(el, encoding="unicode", with_tail=False), Place(original.id, path)), el


def _document(original: Original, root: Any) -> tuple[list[_Found], list[Arrival]]:
    sections: list[_Found] = []
    children: list[Arrival] = []
    if not len(root):
        return [], []
    for body in [c for c in root if isinstance(c.tag, str) and plain_name(c.tag) == "component"]:
        for kind in list(body):
            if not isinstance(kind.tag, str):
                continue
            if plain_name(kind.tag) == "nonXMLBody":
                children += _embedded(original, kind)
                continue
            parts = [c for c in kind if isinstance(c.tag, str) and plain_name(c.tag) == "component"]
            for n, part in enumerate(parts, 1):
                nth = f"[{n}]" if len(parts) > 1 else ""
                for section in part:
                    if isinstance(section.tag, str):
                        path = f"/ClinicalDocument/component/structuredBody/component{nth}/section"
                        sections.append(_item(original, section, path))
            if body.getparent() is root:
                root.remove(body)
    return [_item(original, root, "/ClinicalDocument"), *sections], children


def _embedded(original: Original, body: Any) -> list[Arrival]:
    """Take the embedded file out; the header keeps everything but its bytes."""
    for text in body:
        if not isinstance(text.tag, str) or plain_name(text.tag) != "text" or not (text.text or "").strip():
            continue
        content = text.text
        try:
            raw = b64decode(content, validate=False) if text.get("representation") == "B64" else content.encode()
        except (NotBase64, ValueError):
            return []
        text.text = None
        return [Arrival(original.partner, original.channel, raw, "", original.id)]
    return []
