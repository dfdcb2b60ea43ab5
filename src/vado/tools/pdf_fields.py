"""Form fields of a PDF: AcroForm, widgets that no form names, and the data of XFA where the form itself holds none."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pikepdf
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from vado.errors import UnreadableOriginal
from vado.model.reading import Box
from vado.tools import pdf

MAX_FIELDS = 20_000
_SECONDS = 20.0
_LONGEST = 100_000  # characters of one value
_KINDS = {"/Tx": "text", "/Btn": "button", "/Ch": "choice", "/Sig": "signature"}
_INHERITED = ("/FT", "/V", "/TU", "/Ff", "/Opt", "/MaxLen", "/AA", "/DA", "/Q")
_MULTILINE, _PUSH, _COMB = 1 << 12, 1 << 16, 1 << 24  # ISO 32000-1, tables 226 and 228
_XFA_BYTES = 20_000_000
_XFA_DATA = "{http://www.xfa.org/schema/xfa-data/1.0/}"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place on a page where a field is drawn; a radio group has several, each with the state it stands for."""

    page: int  # 1-based; 0: stands on no page
    box: Box | None
    state: str = ""  # of a button: what it means when it is ticked


@dataclass(frozen=True, slots=True)
class Field:
    """One form field that can be filled. `value` "" is empty."""

    name: str  # full name, parts joined by dots
    label: str  # what a person is told it is (/TU); "" if nothing
    value: str  # as it is exported
    kind: str  # 'text', 'button', 'choice', 'signature'
    page: int  # 1-based, of the place that shows the value; 0: stands on no page
    box: Box | None
    shown: str = ""  # what a person sees where that differs from what is exported: the words of a choice
    lines: bool = False  # takes more than one line
    cells: int = 0  # of a comb: how many letters it has room for
    spots: tuple[Spot, ...] = ()
    sure: bool = True  # False: the file holds one state and shows another
    form: str = ""  # 'date' or 'number' where the file checks what is typed

    @property
    def said(self) -> str:
        """The value as a person sees it."""
        return self.shown or self.value


Where = dict[tuple[int, int], tuple[Any, int, Box | None]]  # widget -> itself, its page, where on it


@dataclass(frozen=True, slots=True)
class Node:
    """One field as the file has it."""

    kind: str
    name: str
    dictionary: Any  # of the field; the same as its widget where it has but one
    known: dict[str, Any]  # its own entries and those that it inherits
    widgets: list[Any]
    orphan: bool = False  # no form names it


@lru_cache(maxsize=1)  # a reader is asked whether it claims a file, and then to read it
def fields(content: bytes, *, seconds: float = _SECONDS) -> tuple[Field, ...]:
    """Give every form field, in the order of the form, then orphan widgets, then XFA data without a field; () when there are none.

    Source: ISO 32000-1, 12.7 (interactive forms), 12.5.6.19 (widgets); XFA 3.3, 'Exchanging data'.
    """
    found: list[Field] = []
    until = time.monotonic() + seconds
    try:
        with pdf.opened(content) as document:
            for field in _all(document, until):
                found.append(field)
                if len(found) >= MAX_FIELDS or time.monotonic() > until:
                    return tuple(found)
            found = _with_xfa(found, _xfa(document))
    except UnreadableOriginal:
        return ()
    except Exception:  # any broken object: what was found until then stands
        return tuple(found)
    return tuple(found[:MAX_FIELDS])


def _all(document: pikepdf.Pdf, until: float) -> Iterator[Field]:
    where = _widgets(document, until)
    for node in _nodes(document, where):
        yield field_of(node, where)


def nodes(document: pikepdf.Pdf) -> Iterator[tuple["Node", Field]]:
    """Give every field that can hold a value, as the file has it and as it is told."""
    where = _widgets(document, time.monotonic() + _SECONDS)
    for node in _nodes(document, where):
        yield node, field_of(node, where)


def _nodes(document: pikepdf.Pdf, where: "Where") -> Iterator["Node"]:
    form = document.Root.get("/AcroForm")
    seen: set[tuple[int, int]] = set()
    for node in (form.get("/Fields") or ()) if isinstance(form, pikepdf.Dictionary) else ():
        yield from _walk(node, (), {}, seen, 0)
    for key, (node, _, _) in where.items():  # orphan widgets: on a page, in no form
        if key not in seen and "/T" in node:
            yield from (replace(one, orphan=True) for one in _walk(node, (), {}, seen, 0))


def _walk(node: Any, names: tuple[str, ...], above: dict[str, Any], seen: set[tuple[int, int]], depth: int) -> Iterator["Node"]:
    if depth > 20 or not isinstance(node, pikepdf.Dictionary) or node.objgen in seen and node.objgen != (0, 0):
        return
    seen.add(node.objgen)
    names = (*names, str(node["/T"])) if "/T" in node else names
    known = above | {key: node[key] for key in _INHERITED if key in node}
    kids = [kid for kid in node.get("/Kids") or () if isinstance(kid, pikepdf.Dictionary)]
    if parts := [kid for kid in kids if "/T" in kid]:
        for kid in parts:
            yield from _walk(kid, names, known, seen, depth + 1)
        return
    widgets = kids or [node]
    seen.update(w.objgen for w in widgets)
    kind = _KINDS.get(str(known.get("/FT", "")), "")
    if kind and not (kind == "button" and flags(known) & _PUSH):  # a push button holds no value
        yield Node(kind, ".".join(names), node, known, widgets)


def field_of(node: "Node", where: "Where") -> Field:
    """Tell what a field holds."""
    kind, name, known, widgets = node.kind, node.name, node.known, node.widgets
    value, shown, sure = _value(kind, known, widgets)
    at = next((n for n, w in enumerate(widgets) if str(w.get("/AS", "/Off")) != "/Off"), 0)
    means = meant(known) if kind == "button" else {}
    spots = []
    for widget in widgets:
        _, page, box = where.get(widget.objgen, (None, 0, None))
        state = next(iter(states(widget)), "") if kind == "button" else ""
        spots.append(Spot(page, box, means.get(state, state)))
    bits = flags(known) if kind == "text" else 0
    cells = int(known.get("/MaxLen", 0)) if bits & _COMB else 0
    label = " ".join(str(known.get("/TU", "")).split())
    return Field(
        name, label, value, kind, spots[at].page, spots[at].box, shown, bool(bits & _MULTILINE), cells, tuple(spots), sure,
        _checked_as(known.get("/AA")),
    )  # fmt: skip


def _checked_as(actions: Any) -> str:
    """What the calls that viewers know (AFDate, AFNumber) say a field takes; the script is looked at, never run."""
    if not isinstance(actions, pikepdf.Dictionary):
        return ""
    scripts = (a.get("/JS") for a in actions.values() if isinstance(a, pikepdf.Dictionary))
    words = " ".join(_text(s) for s in scripts if s is not None)
    return "date" if "AFDate" in words else "number" if "AFNumber" in words else ""


def flags(known: dict[str, Any]) -> int:
    """Give the field flags (/Ff)."""
    try:
        return int(known.get("/Ff", 0))
    except (TypeError, ValueError):
        return 0


def _value(kind: str, known: dict[str, Any], widgets: list[Any]) -> tuple[str, str, bool]:
    """Give what is exported, what is shown where that differs, and whether file and appearance agree."""
    value = known.get("/V")
    if kind == "signature":
        return ("signed" if value is not None else ""), "", True
    if kind == "button":
        return _ticked(known, widgets)
    if kind == "choice":
        chosen = [_text(v) for v in value] if isinstance(value, pikepdf.Array) else [_text(value)]
        words = options(known)
        exported, seen = "; ".join(c for c in chosen if c), "; ".join(words.get(c, c) for c in chosen if c)
        return exported, seen if seen != exported else "", True
    return _text(value), "", True


def _ticked(known: dict[str, Any], widgets: list[Any]) -> tuple[str, str, bool]:
    """The state that /V names; where it names none, the one that is shown (/AS). Both named and different: not sure."""
    stated = _state(known.get("/V"))
    shown = next((s for s in (_state(w.get("/AS")) for w in widgets) if s), "")
    has = {s for w in widgets for s in states(w)}
    if stated and has and stated not in has:
        stated = shown  # a name that no widget has is no state of this field
    one = stated or shown
    some_shown = any("/AS" in w for w in widgets)
    sure = not some_shown or "/V" not in known or stated == shown
    return meant(known).get(one, one), "", sure


def meant(known: dict[str, Any]) -> dict[str, str]:
    """Of buttons whose states are counted: number -> what /Opt says it exports (ISO 32000-1, 12.7.4.2.3)."""
    listed = known.get("/Opt")
    return {str(n): _text(v) for n, v in enumerate(listed)} if isinstance(listed, pikepdf.Array) else {}


def options(known: dict[str, Any]) -> dict[str, str]:
    """Of a choice: what is exported -> the words a person chose."""
    listed = known.get("/Opt")
    pairs = [o for o in listed if isinstance(o, pikepdf.Array) and len(o) == 2] if isinstance(listed, pikepdf.Array) else []
    return {_text(pair[0]): _text(pair[1]) for pair in pairs}


def _state(value: Any) -> str:
    text = str(value).removeprefix("/") if value is not None else ""
    return "" if text == "Off" else text


def states(widget: Any) -> Iterable[str]:
    """The states, other than Off, for which a widget has a picture."""
    looks = widget.get("/AP", {})
    normal = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
    if not isinstance(normal, pikepdf.Dictionary) or isinstance(normal, pikepdf.Stream):
        return ()
    return [k.removeprefix("/") for k in normal.keys() if k != "/Off"]  # noqa: SIM118 - a pikepdf dictionary is none of Python's


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, pikepdf.Stream):
        return value.read_bytes()[:_LONGEST].decode("utf-8", "replace").strip()
    text = str(value)[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    return (text.removeprefix("/") if isinstance(value, pikepdf.Name) else text).strip()


def _widgets(document: pikepdf.Pdf, until: float) -> Where:
    found: Where = {}
    for number, page in enumerate(document.pages, 1):
        if number > pdf.MAX_PAGES or time.monotonic() > until:
            break
        for note in page.obj.get("/Annots") or ():
            if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/Widget" and note.objgen != (0, 0):
                found[note.objgen] = (note, number, _box(page, note))
    return found


def _box(page: Any, note: Any) -> Box | None:
    try:
        left, bottom, right, top = (float(v) for v in page.cropbox)
        x0, y0, x1, y1 = (float(v) for v in note["/Rect"])
        width, height = right - left, top - bottom
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        box = Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height)
        return pdf.upright(box, int(page.obj.get("/Rotate", 0)) % 360)
    except (KeyError, ValueError, TypeError, ZeroDivisionError):
        return None


@dataclass(frozen=True, slots=True)
class _Leaf:
    path: tuple[str, ...]
    value: str
    label: str


def _xfa(document: pikepdf.Pdf) -> list[_Leaf]:
    """Give the filled leaves of the XFA data, with the captions that the template has for their names."""
    form = document.Root.get("/AcroForm")
    parts = form.get("/XFA") if isinstance(form, pikepdf.Dictionary) else None
    if parts is None:
        return []
    if isinstance(parts, pikepdf.Stream):
        root = _xml(parts.read_bytes())
        packets = {etree.QName(e).localname: e for e in root if isinstance(e.tag, str)} if root is not None else {}
    else:
        streams = {str(parts[n]): parts[n + 1] for n in range(0, len(parts) - 1, 2)}
        wanted = {k: s for k, s in streams.items() if k in ("datasets", "template") and isinstance(s, pikepdf.Stream)}
        packets = {k: e for k, s in wanted.items() if (e := _xml(s.read_bytes())) is not None}
    sets = packets.get("datasets")
    data = sets.find(f"{_XFA_DATA}data") if sets is not None else None
    if data is None:
        return []
    captions = _captions(packets.get("template"))
    return [leaf for top in data for leaf in _leaves(top, (), captions)]


def _xml(raw: bytes) -> Any:
    if len(raw) > _XFA_BYTES:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root  # a form has no use for a DTD


def _leaves(node: Any, above: tuple[str, ...], captions: dict[str, str], depth: int = 0) -> Iterator[_Leaf]:
    if not isinstance(node.tag, str) or depth > 50:
        return
    path = (*above, etree.QName(node).localname)
    inside = [e for e in node if isinstance(e.tag, str)]
    if not inside and (text := (node.text or "").strip()):
        yield _Leaf(path, text[:_LONGEST], captions.get(path[-1], ""))
    for child in inside:
        yield from _leaves(child, path, captions, depth + 1)


def _captions(template: Any) -> dict[str, str]:
    """What the template says before each field of this name; a name that stands for different captions has none."""
    found: dict[str, set[str]] = {}
    for field in template.iter("{*}field") if template is not None else ():
        caption = field.find("{*}caption/{*}value")
        words = " ".join(" ".join(caption.itertext()).split()) if caption is not None else ""
        if (name := field.get("name")) and words:
            found.setdefault(name, set()).add(words)
    return {name: words.pop() for name, words in found.items() if len(words) == 1}


def _with_xfa(found: list[Field], leaves: list[_Leaf]) -> list[Field]:
    """Fill empty fields from the XFA data of their name; data that no field has becomes a field without a place.

    What the AcroForm holds comes first, and it alone says whether a box is ticked.
    """
    by_name: dict[str, list[int]] = {}
    for n, field in enumerate(found):
        by_name.setdefault(_plain(field.name), []).append(n)
    filled = list(found)
    for leaf in leaves:
        ours = by_name.get(leaf.path[-1], [])
        if len(ours) > 1:
            ours = [n for n in ours if tuple(_parts(found[n].name)) == leaf.path] or ours
        if not ours:
            filled.append(Field(".".join(leaf.path), leaf.label, leaf.value, "text", 0, None))
        elif len(ours) == 1 and not filled[ours[0]].value and filled[ours[0]].kind in ("text", "choice"):
            filled[ours[0]] = replace(filled[ours[0]], value=leaf.value, label=filled[ours[0]].label or leaf.label)
        elif len(ours) > 1 and not any(found[n].value for n in ours):
            filled.append(Field(".".join(leaf.path), leaf.label, leaf.value, "text", 0, None))  # which of them is not said
    return filled


def _parts(name: str) -> list[str]:
    """'form1[0].#subform[0].Name[0]' -> ['form1', 'Name']: the names of the data."""
    return [p.partition("[")[0] for p in name.split(".") if not p.startswith("#")]


def _plain(name: str) -> str:
    return (_parts(name) or [""])[-1]
