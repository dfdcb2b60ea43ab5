"""A CDA element as a light object that remembers what became of it."""

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

    # what most elements never change stands here once
    end: End | None = None
    nth = 1
    populated = False  # it says something itself: text, or attributes beyond its structure
    denied = False  # negationInd was asked for
    raw: Any = None  # the narrative, as lxml element
    rule = ""
    text = ""

    def __init__(self, name: str, attrs: dict[str, str], parent: "Node | None") -> None:
        self.name, self.attrs, self.parent = name, attrs, parent
        self.kids: dict[str, list[Node]] = {}

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


def grow(el: Any, name: str, parent: Node | None, told: list[Node]) -> Node:
    """Make nodes of an lxml element; a section's narrative stays an lxml element in `raw`, and its node is added to `told`."""
    attrs: dict[str, str] = {}
    node = Node(name, attrs, parent)
    for key, value in el.items():
        if key[0] == "{":
            key = key.rpartition("}")[2]
        attrs[key] = value
        if key not in _STRUCTURE:
            node.populated = True
    text = el.text
    if text and not text.isspace():
        node.text = text.strip()
    narrative = name == "section" or name.rpartition("/")[2].startswith("section")
    kids = node.kids
    for child in el:
        called = _NAMES.get(child.tag) or _named(child.tag)
        if called == "text" and narrative:
            kid = Node(called, {}, node)
            kid.raw, kid.populated = child, True
            told.append(kid)
        elif called:
            kid = grow(child, called, node, told)
        else:
            continue
        some = kids.get(called)
        if some is None:
            kids[called] = [kid]
        else:
            some.append(kid)
            kid.nth = len(some)
        tail = child.tail
        if tail and not tail.isspace():
            node.text = f"{node.text} {tail.strip()}".strip()
    if node.text:
        node.populated = True
    return node


_NAMES: dict[Any, str] = {}  # tag -> name, of the tags that CDA has


def _named(tag: Any) -> str:
    """Give and remember the name of a tag; "" for a comment or a processing instruction."""
    name = plain_name(tag) if isinstance(tag, str) else ""
    if name and len(_NAMES) < 2000:
        _NAMES[tag] = name
    return name


def ledger(root: Node, path: str, ends: dict[tuple[str, str, str], int]) -> None:
    """Count how every populated element below this one ended: (path, end, rule)."""
    stack = [(root, path)]
    while stack:
        node, path = stack.pop()
        if node.populated:
            end, rule = _end(node)
            key = (path, end, rule)
            ends[key] = ends.get(key, 0) + 1
        if "negationInd" in node.attrs:
            plain = node.attrs["negationInd"] in ("false", "0")
            end = "mapped" if node.denied and not plain else "ignored" if plain else "not understood"
            key = (f"{path}/@negationInd", end, "not negated" if plain else "")
            ends[key] = ends.get(key, 0) + 1
        for name, some in node.kids.items():
            below = f"{path}/{name}"
            for kid in some:
                stack.append((kid, below))


_ENDS = {end: end.value for end in End}


def _end(node: Node) -> tuple[str, str]:
    if node.end is not None:
        return _ENDS[node.end], node.rule
    if node.name in _HOUSEKEEPING:
        return "ignored", "form of the document, not content"
    if not node.text and "nullFlavor" in node.attrs and node.attrs.keys() <= _STRUCTURE | {"nullFlavor"}:
        return "ignored", "nullFlavor: no value is given"
    return "not understood", ""


def entries(ends: dict[tuple[str, str, str], int]) -> tuple[Entry, ...]:
    """Give the ledger."""
    return tuple([_entry(*key, count) for key, count in ends.items()])


@lru_cache(32768)
def _entry(path: str, end: str, rule: str, count: int) -> Entry:
    return Entry(path, End(end), rule, count)
