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


def test_any_other_page_is_none() -> None:
    import numpy as np

    page = np.full((2339, 1654), 255, np.uint8)
    page[200:230, 100:900] = 0
    assert [(leaf.paper, leaf.marks) for leaf in answer_sheet.read(sent([page], "scan", Random(1)), PAPERS)] == [("", ())]
