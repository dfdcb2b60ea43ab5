"""Printed forms and reports of the invented place: what is told of a page is what stands on it."""

from random import Random

import pytest

from plain import arrival, plain_exchange
from vado.exchange.receive import receive
from vado.model.fact import Fact
from vado.model.form import FieldKind
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.place.blanks import DESIGNS, Design
from vado.place.forms import Answer, blank, fill, page_of, sent
from vado.place.people import people
from vado.place.results import report
from vado.tools import pdf, pdf_fields

CITIZENS = people(40, Random(5))
EACH = pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)


def filled(design: Design) -> tuple[bytes, tuple[Answer, ...]]:
    return fill(design, next(c for c in CITIZENS if c.spanish == design.spanish), Random(design.name))


@EACH
def test_all_that_is_told_is_printed_where_it_is_told(design: Design) -> None:
    content, truth = filled(design)
    with pdf.pages_of(content) as document:
        for answer in (a for a in truth if a.value and a.kind in (FieldKind.TEXT, FieldKind.NUMBER)):
            inside = [
                line.text for line in pdf.page_lines(document, answer.page)
                if line.box.left > answer.box.left - 0.01 and line.box.right < answer.box.right + 0.01
                and answer.box.top - 0.005 < (line.box.top + line.box.bottom) / 2 < answer.box.bottom + 0.005
            ]  # fmt: skip
            assert "".join(inside).replace(" ", "") == answer.value.replace(" ", ""), answer.label


@EACH
def test_a_ticked_box_is_dark_and_an_empty_one_is_not(design: Design) -> None:
    content, truth = filled(design)
    empty = {n: page_of(blank(design, fields=False), n) for n in range(1, len(design.pages) + 1)}
    full = {n: page_of(content, n) for n in empty}
    for answer in truth:
        for tick in answer.ticks:
            rows, columns = full[answer.page].shape
            b = tick.box
            cut = (slice(round(b.top * rows), round(b.bottom * rows)), slice(round(b.left * columns), round(b.right * columns)))
            darker = float((empty[answer.page][cut].astype(int) - full[answer.page][cut] > 60).mean())
            assert (darker > 0.02) == tick.ticked, (answer.label, tick.option)


@EACH
def test_a_blank_can_be_filled_on_a_computer_or_not(design: Design) -> None:
    asked = sum(len(row) for page in design.pages for row in page if not isinstance(row, str))
    assert len(pdf_fields.fields(blank(design, fields=True))) >= asked
    assert pdf_fields.fields(blank(design, fields=False)) == ()


def test_the_same_seed_gives_the_same_page() -> None:
    assert filled(DESIGNS[0]) == filled(DESIGNS[0])
    page = page_of(filled(DESIGNS[0])[0], 1)
    assert all((sent(page, way, Random(1))[0] == sent(page, way, Random(1))[0]).all() for way in ("scan", "fax", "photo"))


def test_a_report_as_text_pdf_becomes_facts_of_its_person() -> None:
    citizen, profile = CITIZENS[0], PartnerProfile(PartnerId("lab"), "Laboratory")
    content, rows = report(citizen, Random(2))
    x = plain_exchange(profiles={profile.id: profile})
    (got,) = receive(x, [arrival(content, "report.pdf", profile.id)])
    with x.store.begin() as tx:
        facts: list[Fact] = [f for f in tx.facts_from(profile.id, got.original.id) if f.kind == "Observation"]
    assert {f.resource["code"]["text"] for f in facts} == {r.name for r in rows}
    assert all(f.evidence.places[0].box and f.evidence.places[0].box.right - f.evidence.places[0].box.left > 0.4 for f in facts)
    assert all(f.evidence.confidence < profile.review_below for f in facts), "every row waits for a person"
