"""A CDA element as a light object that remembers what became of it."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.model.fact import End, Entry

_STRUCTURE = frozenset(
    {
        "classCode",
        "moodCode",
        "typeCode",
        "contextConductionInd",
        "contextControlCode",
        "determinerCode",
        "inversionInd",
        "independentInd",
        "type",
        "operator",
        "schemaLocation",
        "unsorted",
        "institutionSpecified",
        "ID",
        "negationInd",
    }
)
_HOUSEKEEPING = frozenset({"templateId", "typeId", "realmCode"})
_SPACE = {"urn:hl7-org:v3": "", "urn:hl7-org:sdtc": "sdtc:"}
PREFIXES = (
    'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:sdtc="urn:hl7-org:sdtc" xmlns:voc="urn:hl7-org:v3/voc"'
)


def parser(recover: bool = False) -> etree.XMLParser:
    """Give a parser that fetches nothing, opens no entity and keeps no comment."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        remove_comments=True, remove_pis=True, recover=recover,
    )  # fmt: skip


@lru_cache(4096)
def plain_name(tag: str) -> str:
    """Give the name as rules use it: 'code' for HL7 v3 or no namespace, 'sdtc:raceCode' for the SDTC extension."""
    space, _, local = tag.rpartition("}")
    return _SPACE.get(space[1:], "other:") + local if space else local


class Node:
    """One element. `end` is set by the rule that used it; None: nobody has."""

    __slots__ = ("attrs", "denied", "end", "kids", "name", "nth", "parent", "raw", "rule", "text")

    def __init__(self, name: str, attrs: dict[str, str], parent: "Node | None") -> None:
        self.name, self.attrs, self.parent = name, attrs, parent
        self.kids: dict[str, list[Node]] = {}
        self.text, self.rule, self.nth = "", "", 1
        self.end: End | None = None
        self.denied = False  # negationInd was asked for
        self.raw: Any = None  # the narrative, as lxml element

    def kid(self, *names: str) -> "Node | None":
        """Go down one name after the other, always to the first; None where there is none."""
        node: Node | None = self
        for name in names:
            found = node.kids.get(name) if node else None
            node = found[0] if found else None
        return node

    def all(self, name: str) -> list["Node"]:
        """Give every child of this name, in order."""
        return self.kids.get(name) or []

    def take(self, name: str) -> str:
        """Give an attribute ("" if absent) and mark the element as mapped when there is one."""
        value = self.attrs.get(name, "").strip()
        if value:
            self.end = End.MAPPED
        return value

    def took(self, end: End = End.MAPPED, rule: str = "") -> None:
        """Say what became of this element."""
        self.end, self.rule = end, rule

    @property
    def negated(self) -> bool:
        """True if the source says that this is not so (negationInd)."""
        self.denied = True
        return self.attrs.get("negationInd") in ("true", "1")

    @property
    def path(self) -> str:
        """The XPath of this element by local names."""
        if self.parent is None:
            return self.name
        same = len(self.parent.kids[self.name]) > 1
        return f"{self.parent.path}/{self.name}" + (f"[{self.nth}]" if same else "")

    def walk(self) -> Iterator["Node"]:
        """Give this element and all below, in document order of each name."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            for some in node.kids.values():
                stack.extend(some)  # pyright: ignore[reportArgumentType]


def grow(el: Any, name: str, parent: Node | None = None) -> Node:
    """Make nodes of an lxml element; a section's narrative stays an lxml element in `raw`."""
    attrs = {(k if k[0] != "{" else k.rpartition("}")[2]): v for k, v in el.attrib.items()}
    node = Node(name, attrs, parent)
    text = el.text
    if text and not text.isspace():
        node.text = text.strip()
    narrative = name == "section" or name.rpartition("/")[2].startswith("section")
    for child in el:
        if not isinstance(child.tag, str):
            continue
        called = plain_name(child.tag)
        if called == "text" and narrative:
            kid = Node(called, {}, node)
            kid.raw = child
        else:
            kid = grow(child, called, node)
        some = node.kids.setdefault(called, [])
        some.append(kid)
        kid.nth = len(some)
        if child.tail and not child.tail.isspace():
            node.text = f"{node.text} {child.tail.strip()}".strip()
    return node


def ledger(root: Node, path: str) -> Counter[tuple[str, End, str]]:
    """Count how every populated element below this one ended."""
    ends: Counter[tuple[str, End, str]] = Counter()
    stack = [(root, path)]
    while stack:
        node, path = stack.pop()
        if said := _end(node):
            ends[(path, *said)] += 1
        if "negationInd" in node.attrs:
            plain = node.attrs["negationInd"] in ("false", "0")
            end = End.MAPPED if node.denied and not plain else End.IGNORED if plain else End.NOT_UNDERSTOOD
            ends[(f"{path}/@negationInd", end, "not negated" if plain else "")] += 1
        for name, some in node.kids.items():
            stack.extend((kid, f"{path}/{name}") for kid in some)
    return ends


def _end(node: Node) -> tuple[End, str] | None:
    populated = node.text or node.raw is not None or not node.attrs.keys() <= _STRUCTURE
    if not populated:
        return None
    if node.end is not None:
        return node.end, node.rule
    if node.name in _HOUSEKEEPING:
        return End.IGNORED, "form of the document, not content"
    if not node.text and "nullFlavor" in node.attrs and node.attrs.keys() <= _STRUCTURE | {"nullFlavor"}:
        return End.IGNORED, "nullFlavor: no value is given"
    return End.NOT_UNDERSTOOD, ""


def entries(ends: Counter[tuple[str, End, str]]) -> tuple[Entry, ...]:
    """Give the ledger, in order of path."""
    return tuple(Entry(path, end, rule, count) for (path, end, rule), count in sorted(ends.items()))
