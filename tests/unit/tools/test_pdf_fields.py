"""Form fields: states of boxes, choices, orphan widgets, XFA data."""

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from vado.tools.pdf_fields import Field, fields

PICTURE = Dictionary(Yes=Dictionary(), Off=Dictionary())


def form(*nodes: Any, orphans: tuple[Any, ...] = (), xfa: bytes | None = None, template: bytes = b"") -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(600, 800))
    made = [pdf.make_indirect(n) for n in nodes]
    shown: list[Any] = []
    for node in made:
        kids = [pdf.make_indirect(k) for k in node.get("/Kids", ())]
        if kids:
            node["/Kids"] = Array(kids)
        shown += kids or [node]
    page.obj["/Annots"] = Array([*shown, *(pdf.make_indirect(o) for o in orphans)])
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array(made))
    if xfa is not None:
        parts = [String("template"), pdf.make_stream(template)] if template else []
        pdf.Root["/AcroForm"]["/XFA"] = Array([*parts, String("datasets"), pdf.make_stream(xfa)])
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def widget(**more: Any) -> Dictionary:
    return Dictionary(Subtype=Name.Widget, Rect=Array([60, 700, 120, 720]), **more)


def box(**more: Any) -> Dictionary:
    return widget(FT=Name.Btn, T=String("Smokes"), AP=Dictionary(N=PICTURE), **more)


def one(*nodes: Any, **more: Any) -> Field:
    (field,) = fields(form(*nodes, **more))
    return field


def test_a_box_is_ticked_by_its_value_or_by_what_is_shown() -> None:
    assert one(box(V=Name.Yes, AS=Name.Yes)).value == "Yes"
    assert one(box(V=Name.Yes)).value == "Yes"
    assert one(box(AS=Name.Yes)).value == "Yes"
    assert one(box(V=Name.Off, AS=Name.Off)).value == ""
    assert one(box()).value == ""


def test_a_box_that_holds_one_state_and_shows_another_is_not_sure() -> None:
    assert not one(box(V=Name.Yes, AS=Name.Off)).sure
    assert not one(box(V=Name.Off, AS=Name.Yes)).sure
    assert one(box(V=Name.Yes, AS=Name.Yes)).sure and one(box(AS=Name.Yes)).sure


def test_a_value_that_no_widget_has_is_what_is_shown() -> None:
    assert one(box(V=Name.Choice1, AS=Name.Off)).value == ""


def test_radio_buttons_say_what_they_export() -> None:
    kids = Array([
        widget(AS=Name.Off, AP=Dictionary(N=Dictionary({"/0": Dictionary(), "/Off": Dictionary()}))),
        widget(AS=Name("/1"), AP=Dictionary(N=Dictionary({"/1": Dictionary(), "/Off": Dictionary()}))),
    ])  # fmt: skip
    group = Dictionary(
        FT=Name.Btn, T=String("Sex"), Ff=1 << 15, V=Name("/1"), Kids=kids, Opt=Array([String("male"), String("female")])
    )
    field = one(group)
    assert field.value == "female"
    assert [s.state for s in field.spots] == ["male", "female"]


def test_a_choice_is_exported_and_shown() -> None:
    options = Array([Array([String("F"), String("Female")]), Array([String("M"), String("Male")])])
    field = one(widget(FT=Name.Ch, T=String("Sex"), V=String("F"), Opt=options))
    assert (field.value, field.shown, field.said) == ("F", "Female", "Female")
    several = one(widget(FT=Name.Ch, T=String("Sex"), V=Array([String("F"), String("M")]), Opt=options))
    assert several.said == "Female; Male"


def test_names_labels_lines_and_combs() -> None:
    child = widget(FT=Name.Tx, T=String("Name"), TU=String("Your\nname"), V=String("Ana\rMaría"), Ff=(1 << 12))
    (field,) = fields(form(Dictionary(T=String("form1"), Kids=Array([child]))))
    assert (field.name, field.label, field.value, field.lines) == ("form1.Name", "Your name", "Ana\nMaría", True)
    assert field.page == 1 and field.box and round(field.box.left, 2) == 0.1
    assert one(widget(FT=Name.Tx, T=String("No"), Ff=1 << 24, MaxLen=8)).cells == 8


def test_orphan_widgets_are_found_and_push_buttons_are_not() -> None:
    orphan = widget(FT=Name.Tx, T=String("Lost"), V=String("x"))
    push = widget(FT=Name.Btn, T=String("Print"), Ff=1 << 16)
    assert [f.name for f in fields(form(push, orphans=(orphan,)))] == ["Lost"]


XFA = (
    b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1><Name>Ana</Name><Born>1950</Born>'
    b"<Sex/></form1></xfa:data></xfa:datasets>"
)
TEMPLATE = (
    b'<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform><field name="Born"><caption><value>'
    b"<text>Date of birth</text></value></caption></field></subform></template>"
)


def test_xfa_data_fills_what_the_form_leaves_empty() -> None:
    name = widget(FT=Name.Tx, T=String("form1[0].#subform[0].Name[0]"))
    found = fields(form(name, xfa=XFA, template=TEMPLATE))
    assert [(f.name, f.label, f.value, f.page) for f in found] == [
        ("form1[0].#subform[0].Name[0]", "", "Ana", 1), ("form1.Born", "Date of birth", "1950", 0),
    ]  # fmt: skip
    filled = widget(FT=Name.Tx, T=String("Name"), V=String("Eva"))
    assert [f.value for f in fields(form(filled, xfa=XFA))] == ["Eva", "1950"]


def test_xfa_with_a_dtd_or_damaged_is_left() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>' + XFA.replace(b"1950", b"&a;")
    assert fields(form(xfa=bomb)) == () and fields(form(xfa=XFA[:40])) == ()


def test_broken_bytes_give_no_fields() -> None:
    assert fields(b"%PDF-1.7 nothing") == () and fields(b"") == ()
