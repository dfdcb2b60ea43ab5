"""The paper form of the questionnaire: what is printed is read again, after scanner, fax and phone, in both languages."""

from datetime import UTC, datetime
from random import Random

import pytest

from filled_sheet import chosen, filled, sent
from vado.collaboration.instrument import shipped
from vado.collaboration.sheet import Printed, code_text, paper, paper_key, read_code
from vado.model.form import FieldKind
from vado.model.returned import Mark
from vado.model.survey import Who
from vado.tools import answer_sheet, image, pdf

FORD = shipped()
PAPERS = {paper_key(w, language): paper(FORD, w, language) for w in Who for language in ("en", "es")}


def printed(who: Who, language: str) -> bytes:
    values = PAPERS[paper_key(who, language)]
    codes = [code_text(Printed("ford|1", "r1", "hospital", who.value, language, n)) for n in (1, 2)]
    return answer_sheet.printed({**values, "round": "Spring", "voice": "Hospital"}, codes, datetime(2026, 1, 1, tzinfo=UTC))


def read(who: Who, language: str, way: str, seed: int, *, careless: bool = False) -> tuple[dict[str, str], dict[str, Mark]]:
    values, chance = PAPERS[paper_key(who, language)], Random(seed)
    truth = chosen(values, chance)
    content = sent(filled(printed(who, language), values, truth, chance, careless=careless), way, chance)
    leaves = answer_sheet.read(content, PAPERS)
    assert [(leaf.paper, leaf.page) for leaf in leaves] == [(paper_key(who, language), 1), (paper_key(who, language), 2)]
    return truth, {m.label: m for leaf in leaves for m in leaf.marks}


@pytest.mark.parametrize("who", Who)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_form_is_one_sheet_and_has_a_box_for_every_answer(who: Who, language: str) -> None:
    values = PAPERS[paper_key(who, language)]
    assert answer_sheet.pages_of(values) == 2
    fields = answer_sheet.form_of(values).fields
    asked = [i for _, items in FORD.asked(who) for i in items]
    for item in asked:
        assert {f.option for f in fields if f.label == item.id} == {"1", "2", "3", "4", "5", "dk"}
    assert len([f for f in fields if f.kind is FieldKind.CHECK]) == 7 * len(asked) + 3 * len(FORD.dimensions)
    side = [(f.box.right - f.box.left) * 210 for f in fields if f.option]
    assert min(side) > 5.9, "mm"


def test_the_code_of_a_page_says_what_it_is_and_nobody() -> None:
    with pdf.pages_of(printed(Who.CITIZEN, "es")) as document:
        found = [image.codes(pdf.draw(document, n, dpi=200, longest=2400)) for n in (1, 2)]
    assert [read_code(f[0]) for f in found] == [Printed("ford|1", "r1", "hospital", "citizen", "es", n) for n in (1, 2)]
    assert read_code("https://example.org") is None


@pytest.mark.parametrize("way", ["scan", "fax", "photo"])
@pytest.mark.parametrize(("who", "language", "seed"), [(Who.PRACTITIONER, "en", 21), (Who.CITIZEN, "es", 22)])
def test_plain_marks_are_read_right(who: Who, language: str, way: str, seed: int) -> None:
    truth, seen = read(who, language, way, seed)
    assert {k: m.option for k, m in seen.items() if m.sure}.items() <= truth.items(), "nothing is read that is not there"
    missed = truth.keys() - {k for k, m in seen.items() if m.sure}
    assert len(missed) <= 1 and all(k in seen for k in missed), "and hardly anything is left for a person"


@pytest.mark.parametrize("way", ["scan", "fax", "photo"])
def test_pale_marks_are_never_read_as_something_else(way: str) -> None:
    truth, seen = read(Who.MANAGER, "es", way, 23, careless=True)
    assert {k: m.option for k, m in seen.items() if m.sure}.items() <= truth.items()
    assert all(m.crop.startswith(b"\x89PNG") for m in seen.values() if not m.sure)


@pytest.mark.parametrize(("who", "language"), [(Who.CITIZEN, "es"), (Who.MANAGER, "en")])
def test_a_box_is_where_the_layout_says(who: Who, language: str) -> None:
    """Looked at in the picture of the page: its four sides are drawn, its inside is empty."""
    fields = answer_sheet.form_of(PAPERS[paper_key(who, language)]).fields
    with pdf.pages_of(printed(who, language)) as document:
        pages = [pdf.draw(document, n, dpi=200, longest=2400).mean(axis=2) for n in (1, 2)]
    for f in fields:
        page = pages[f.page - 1]
        rows, columns = page.shape
        left, right, top, bottom = (
            round(v) for v in (f.box.left * columns, f.box.right * columns, f.box.top * rows, f.box.bottom * rows)
        )
        assert page[top + 5 : bottom - 5, left + 5 : right - 5].min() > 250, f"{f.label} {f.option}: something is printed in it"
        for side in (page[top - 2 : top + 3, left:right].min(axis=0), page[bottom - 2 : bottom + 3, left:right].min(axis=0),
                     page[top:bottom, left - 2 : left + 3].min(axis=1), page[top:bottom, right - 2 : right + 3].min(axis=1)):  # fmt: skip
            assert side.max() < 128, f"{f.label} {f.option}: a side is not drawn there"


def test_a_speck_is_shown_to_a_person_and_is_no_answer() -> None:
    values = PAPERS["manager/en"]
    pages = filled(printed(Who.MANAGER, "en"), values, {}, Random(1))
    box = next(f.box for f in answer_sheet.form_of(values).fields if (f.label, f.option) == ("pur2", "4"))
    rows, columns = pages[0].shape
    pages[0][
        round(box.top * rows) + 20 : round(box.top * rows) + 26, round(box.left * columns) + 20 : round(box.left * columns) + 26
    ] = 0
    seen = [m for leaf in answer_sheet.read(sent(pages, "scan", Random(1)), PAPERS) for m in leaf.marks]
    assert [(m.label, m.option, m.sure) for m in seen] == [("pur2", "4", False)]


def test_any_other_page_is_none() -> None:
    import numpy as np

    page = np.full((2339, 1654), 255, np.uint8)
    page[200:230, 100:900] = 0
    assert [(leaf.paper, leaf.marks) for leaf in answer_sheet.read(sent([page], "scan", Random(1)), PAPERS)] == [("", ())]
