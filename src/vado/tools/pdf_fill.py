"""Fill a PDF form: values into its fields, each with a picture of its own, so that every viewer shows the same.

Source: ISO 32000-1, 12.7.3.3 (variable text), 12.7.4 (field types), 12.5.5 (appearance streams), 12.5.6.19 (widgets).
"""

import re
from codecs import BOM_UTF16_BE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import pikepdf

from vado.model.person import plain_letters
from vado.tools import pdf
from vado.tools.pdf_fields import Field, Node, flags, meant, nodes, options, states
from vado.tools.typeset import measured
from vado.tools.typeset import pdf as typeset

_EDITABLE, _PASSWORD, _READ_ONLY = 1 << 18, 1 << 13, 1  # ISO 32000-1, tables 221, 228, 230
_YES = {"yes", "on", "true", "1", "si"}
_FONT = re.compile(r"/(\S+)\s+(-?[\d.]+)\s+Tf")
_TURNS = {90: "0 1 -1 0 {w} 0", 180: "-1 0 0 -1 {w} {h}", 270: "0 -1 1 0 0 {h}"}
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]"
)  # what no font has a picture for, and no paper shows
TOO_LONG, NO_FIT, NO_CHOICE = "is longer than its field takes", "does not fit into its field", "is no choice of its field"
NO_LETTERS, NO_HAND = "has letters that the fonts cannot show", "its field is not to be filled in"


class Unfillable(ValueError):
    """This is no form that can be filled; says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field of the blank, by the label that our reader gives it."""

    field: Field
    longest: int  # letters; 0: any number
    choices: tuple[str, ...]  # what a box or a list can be set to; (): free words
    words: bool  # takes words of its own
    drawn: tuple[dict[str, Any], ...]  # how each of its spots is drawn, but for the text


class Blank:
    """An empty form. Its bytes are never changed: filling gives new ones."""

    def __init__(self, content: bytes) -> None:
        """Look at the fields.

        Raises:
            Unfillable: there are none, or the form is signed.
            UnreadableOriginal: it is damaged or locked.
        """
        self._content = content
        self.places: dict[str, Place] = {}
        with pdf.opened(content) as document:
            default = str(_form(document).get("/DA", ""))
            for node, field in nodes(document):
                if field.kind == "signature" and field.value:
                    raise Unfillable("it is signed; a change would break the signature")
                self.places.setdefault(field.label or field.name, _place(node, field, default))
        if not self.places:
            raise Unfillable("it has no fields")

    def refuses(self, label: str, text: str) -> str:
        """Say why a text cannot stand in a field; "" when it can, whole and readable."""
        place = self.places[label]
        if place.field.kind == "signature" or not (place.words or place.choices):
            return NO_HAND
        if place.choices and _choice(place, text) is None and not place.words:
            return NO_CHOICE
        if place.field.kind == "button":
            return ""
        if _UNSEEN.search(text):
            return NO_LETTERS
        if place.longest and len(text) > place.longest:
            return TOO_LONG
        drawn = [one | {"text": text} for one in place.drawn]
        if not all(measured(_template(), {"fields": drawn})):
            return NO_FIT
        return NO_LETTERS if _pictures(drawn, datetime(2000, 1, 1))[1] else ""  # noqa: DTZ001 - not kept

    def filled(self, texts: Mapping[str, str], when: datetime) -> bytes:
        """Give the form with these texts (label -> text) in it; the same texts give the same bytes."""
        with pdf.opened(self._content) as document:
            form = _form(document)
            todo = {label: text for label, text in texts.items() if text}
            for node, field in nodes(document):
                if (label := field.label or field.name) in todo and self.places[label].field.name == field.name:
                    _fill(document, node, self.places[label], todo.pop(label), when)
                    if node.orphan:  # some viewers show only what the form names
                        form["/Fields"] = pikepdf.Array([*form.get("/Fields", ()), node.dictionary])
            form["/NeedAppearances"] = False
            for stale in ("/XFA", "/SigFlags"):
                if stale in form:
                    del form[stale]
            box = BytesIO()
            document.save(box, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
        return box.getvalue()


def _form(document: pikepdf.Pdf) -> Any:
    form = document.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        raise Unfillable("it has no fields")
    return form


def _place(node: Node, field: Field, default: str) -> Place:
    bits = flags(node.known)
    if field.kind == "button":
        names = {s for w in node.widgets for s in states(w)}
        return Place(field, 0, tuple(meant(node.known).get(s, s) for s in sorted(names)), False, ())
    listed = options(node.known) or {str(o): str(o) for o in node.known.get("/Opt", ())} if field.kind == "choice" else {}
    free = (field.kind == "text" and not bits & _PASSWORD) or bool(listed and bits & _EDITABLE)
    drawn = tuple(_drawn(w, field, node.known, default) for w in node.widgets)
    longest = int(node.known.get("/MaxLen", 0)) if field.kind == "text" else 0
    return Place(field, longest, (*listed, *listed.values()), free and not bits & _READ_ONLY, drawn)


def _drawn(widget: Any, field: Field, known: Mapping[str, Any], default: str) -> dict[str, Any]:
    x0, y0, x1, y1 = (float(v) for v in widget["/Rect"])
    width, height = abs(x1 - x0), abs(y1 - y0)
    looks = widget.get("/MK", {})
    turned = int(looks.get("/R", 0)) % 360
    style = widget.get("/BS", {})
    edge = _colour(looks.get("/BC"))
    size = _FONT.search(str(known.get("/DA", default)))
    return {
        "width": max(1.0, height if turned in (90, 270) else width), "height": max(1.0, width if turned in (90, 270) else height),
        "turned": turned, "size": max(0.0, float(size[2])) if size else 0.0, "side": int(known.get("/Q", 0)) % 3,
        "lines": field.lines, "cells": field.cells, "ground": _colour(looks.get("/BG")), "edge": edge,
        "border": float(style.get("/W", 1)) if edge else 0.0,
    }  # fmt: skip


def _colour(value: Any) -> str:
    """Give a colour array as #rrggbb; "" for none."""
    parts = [float(v) for v in value] if isinstance(value, pikepdf.Array) else []
    if len(parts) == 4:  # CMYK, plainly
        c, m, y, k = parts
        parts = [(1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)]
    parts = parts * 3 if len(parts) == 1 else parts
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, p))):02x}" for p in parts) if len(parts) == 3 else ""


def _choice(place: Place, text: str) -> str | None:
    """Find the choice that a text means; a single box takes any yes."""
    said = plain_letters(text)
    found = next((c for c in place.choices if plain_letters(c) == said), None)
    return place.choices[0] if found is None and len(place.choices) == 1 and said in _YES else found


def _fill(document: pikepdf.Pdf, node: Node, place: Place, text: str, when: datetime) -> None:
    if node.kind == "button":
        _tick(node, _choice(place, text) or "")
        return
    listed = options(node.known)
    exported = next((k for k, shown in listed.items() if plain_letters(text) in (plain_letters(k), plain_letters(shown))), text)
    node.dictionary["/V"] = _string(exported)
    if "/I" in node.dictionary:
        del node.dictionary["/I"]
    seen = listed.get(exported, text)
    pictures, _ = _pictures([one | {"text": seen} for one in place.drawn], when)
    with pikepdf.open(BytesIO(pictures)) as drawn:
        for widget, page, how in zip(node.widgets, drawn.pages, place.drawn, strict=True):
            picture = document.copy_foreign(page.as_form_xobject())
            picture.write(b"/Tx BMC\nq\n" + picture.read_bytes() + b"\nQ\nEMC\n")
            if turn := _TURNS.get(how["turned"]):
                w, h = how["height"], how["width"]
                matrix = turn.format(w=w if how["turned"] == 90 else how["width"], h=h if how["turned"] == 270 else how["height"])
                picture["/Matrix"] = pikepdf.Array([float(v) for v in matrix.split()])
            widget["/AP"] = pikepdf.Dictionary(N=picture)


def _string(text: str) -> pikepdf.String:
    """Write a text string (ISO 32000-1, 7.9.2.2): beyond ASCII as UTF-16, which every letter has and no reader mistakes."""
    return pikepdf.String(text if text.isascii() else BOM_UTF16_BE + text.encode("utf-16-be"))


def _tick(node: Node, choice: str) -> None:
    """Set a box or a group of buttons to the state that means this."""
    told = meant(node.known)
    every = [s for w in node.widgets for s in states(w)]
    state = next((s for s in every if told.get(s, s) == choice), "")
    node.dictionary["/V"] = pikepdf.Name(f"/{state}" if state else "/Off")
    for widget in node.widgets:
        widget["/AS"] = pikepdf.Name(f"/{state}" if state and state in states(widget) else "/Off")


def _pictures(drawn: list[dict[str, Any]], when: datetime) -> tuple[bytes, str]:
    return typeset(_template(), {"fields": drawn}, when, standards=("a-2b",), tags=False)


@cache
def _template() -> str:
    return (files("vado.tools") / "field.typ").read_text("utf-8")


def labels(blank: Blank) -> Iterator[str]:
    """Give the labels of the fields, in the order of the form."""
    yield from blank.places
