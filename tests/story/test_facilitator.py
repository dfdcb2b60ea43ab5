"""Whoever runs rounds, in a real browser: asks a place how working together goes, closes, reads what may be shown, and holds the workshop."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2 as pdfium
import pytest
import zxingcpp

from plain import plain_exchange
from vado.cli.demo import let_speak
from vado.collaboration.instrument import shipped
from vado.exchange import accounts
from vado.exchange.collaboration import answering
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.flow import Heads, Monthly
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.survey import CANNOT_SAY
from vado.web.access import Door
from visitors import PASSWORD, PHONE, VISITORS, Visitor, fits, signed_in

HOSPITAL, NORTH = PartnerId("hospital"), PartnerId("gp-norte")
REGISTER = "hosp; Hospital; hospital; ; practitioner=40\ngp; Practice; primary care; ; practitioner=12\nshop; Pharmacy; pharmacy; ; practitioner=5"
GROUPS = "carers; Carers; 200\npapers; People without papers; 150; unusual"
ANSWERED = "/rounds/half-a-year-later"  # the round of the invented place that many answered


@pytest.fixture(scope="module")
def x() -> Exchange:
    """Give the invented place after its two rounds, with people whom two organisations know, and somebody who runs rounds."""
    made = plain_exchange()
    let_speak(made, 1)
    with made.store.begin() as tx:
        tx.flow.note_heads(Heads(made.clock(), held=(((HOSPITAL, NORTH), 40), ((HOSPITAL,), 7)), opened=(), monthly=Monthly()))
    accounts.add(made, Account("", "mara", Role.MANAGER), Viewer("me"))
    accounts.set_password(made, "mara", PASSWORD, Viewer("me"))
    return made


@pytest.fixture(scope="module")
def address(x: Exchange, serve: Callable[..., str]) -> str:
    return serve(x, Door())


@pytest.fixture(scope="module")
def page(address: str, browser: Any, visitor: Visitor) -> Iterator[Any]:
    with signed_in(browser, address, visitor, "mara") as page:
        yield page


def test_a_round_from_its_register_to_what_may_be_shown_of_few(
    x: Exchange, page: Any, browser: Any, visitor: Visitor, tmp_path: Path
) -> None:
    _ = visitor.say
    page.get_by_role("link", name=_("Working together"), exact=True).click()
    page.get_by_text(_("Make a round"), exact=True).click()
    page.fill("#title", f"Spring {visitor.name}")
    page.fill("#register", REGISTER)
    page.fill("#groups", GROUPS)
    page.get_by_role("button", name=_("Make the round")).click()
    assert _("answers are taken") in page.inner_text("main")
    assert heard(page, "People without papers").count(_("nobody yet")) == 1 and fits(page)
    here = page.url

    codes = {
        voice: letters(page, visitor, voice, n, tmp_path) for voice, n in (("hosp", 9), ("gp", 3), ("shop", 3), ("carers", 6))
    }
    answers_with_a_telephone(browser, codes["hosp"].pop(), visitor)
    for voice, some in codes.items():
        for n, code in enumerate(some):
            answers(x, code.partition("#")[2], 4 - n % 3 if voice == "hosp" else 2 + n % 3)
    page.goto(here)
    assert _("few") in heard(page, "Practice") and _("few") in heard(page, "Pharmacy")
    assert _("few") not in heard(page, "Hospital"), (
        "the two who are hidden are enough together: nobody is found by taking figures away"
    )
    assert _("nobody yet") in heard(page, "People without papers"), "nobody is never hidden: it is a voice that is missing"
    page.get_by_text(_("What is hidden here"), exact=True).click()
    assert fits(page)

    page.goto(f"{here}/picture")
    assert _("Figures that moved with each answer would tell who moved them: that is why they wait.") in page.inner_text("main")
    page.goto(here)
    page.get_by_text(_("Close the round"), exact=True).click()
    page.get_by_role("button", name=_("Close it now")).click()
    assert _("no answers are taken") in page.inner_text("main")
    assert not page.locator("form").filter(has=page.locator("textarea, #voice")).count(), "nobody is asked or changed any more"
    page.get_by_role("link", name=_("What the round says")).click()
    assert _("Organisations together") in page.inner_text("main")
    page.get_by_text(_("Show each organisation"), exact=True).click()
    assert page.locator(".multiple", has_text="Hospital").locator(".figure").count()
    assert _("Too few people answered to show anything of them.") in page.locator(".multiple", has_text="Practice").inner_text()
    page.get_by_text(_("How these numbers are made, and what is hidden"), exact=True).click()
    assert "5" in page.locator("details.who[open]").last.inner_text() and fits(page)


def test_what_many_answered_is_read_page_by_page(page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    page.goto("/rounds")
    page.get_by_role("link", name="Half a year later").click()
    page.get_by_role("link", name=_("What the round says")).click()
    page.get_by_text(_("The numbers"), exact=True).first.click()
    assert page.locator(".chart tbody tr").count() == len(shipped().dimensions), "the radar's numbers as a table"
    assert _("better") in page.locator("section[aria-labelledby=change]").inner_text(), "bridges are better than half a year ago"
    assert fits(page)
    turn(page, _("Gaps"))
    assert _("Managers") in page.locator(".gaps").first.inner_text() and page.locator("td.is-gap").count() and fits(page)
    turn(page, _("Talk first"))
    assert page.locator(".talk > li").count() >= 5 and fits(page)
    turn(page, _("What stands in the way"))
    assert question("mon1", visitor) in page.locator(".blocks").inner_text() and fits(page)
    assert _("Nobody has taken this on yet.") in page.locator(".blocks").inner_text() or page.locator(".blocks .actions").count()
    turn(page, _("Voices"))
    assert "Personas sin papeles" in page.locator(".missing").inner_text()
    assert "people without papers" in page.locator("section[aria-labelledby=named]").inner_text() and fits(page)


def test_a_workshop_keeps_what_is_agreed_who_does_not_and_who_does_what(page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    page.goto(f"{ANSWERED}/blocks")
    turn(page, _("Workshop"))
    item = page.locator("details.item").nth(VISITORS.index(visitor))
    if not item.locator(".spread").is_visible():
        item.locator("summary").click()
    spread = [int(n) for n in item.locator(".spread td.n").all_inner_texts()]
    assert sum(spread) >= 5 and fits(page), "what each answered lies beside the others', and nobody is named"

    item.get_by_role("radio").nth(2).check()
    item.get_by_label(_("Why"), exact=True).fill("Half of it is written down")
    item.get_by_label(_("What those say who do not agree (may stay empty)")).fill("Not on nights")
    item.get_by_role("button", name=_("Keep it")).first.click()
    item.locator(".agreed").wait_for()
    assert "Not on nights" in item.locator(".agreed").inner_text()
    assert [int(n) for n in item.locator(".spread td.n").all_inner_texts()] == spread, "what is agreed changes no answer"

    item.get_by_label(_("What"), exact=True).fill("Write the rest down")
    item.locator("select[name=owner]").select_option("council")
    item.get_by_role("button", name=_("Keep it")).last.click()
    item.locator(".actions li").wait_for()
    assert "Ayuntamiento" in item.locator(".actions").inner_text() and fits(page)
    item.locator("button[name=done]").click()
    item.locator(".actions .state-good").wait_for()
    assert item.locator("button[name=done]").count() == 0


def test_who_works_with_whom_which_way_it_goes_and_who_pays(page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    page.goto("/rounds")
    page.locator(".tabs").get_by_role("link", name=_("Who works with whom")).click()
    assert page.locator("table.matrix tbody tr").count() == 5 and fits(page)
    best = page.locator(".best").inner_text()
    assert "Hospital del Vado" in best and "Centro de salud Norte" in best, (
        "they know forty people in common, and nothing is sent"
    )
    page.select_option("#leaves", label="Hospital del Vado")
    page.get_by_role("button", name=_("Show what breaks")).click()
    page.locator("section[aria-labelledby=leave] [role=status]").wait_for()
    page.get_by_role("link", name=_("Direction of travel")).click()
    ways = page.locator("section[aria-labelledby=rounds] .way").all_inner_texts()
    words = [_(word) for word in ("towards", "away", "steady", "too early")]  # how many rounds there are, other stories decide
    assert len(ways) == len(shipped().dimensions) and all(any(word in way for word in words) for way in ways)
    assert fits(page)
    page.goto("/rounds")
    page.locator(".tabs").get_by_role("link", name=_("Who gains and who pays")).click()
    page.get_by_role("link", name="Home monitoring after discharge").click()
    assert "Ayuntamiento" in page.locator(".gist-of-money .do").inner_text() and fits(page)


def test_what_is_shown_can_be_taken_away_and_nothing_else(page: Any, visitor: Visitor, tmp_path: Path) -> None:
    _ = visitor.say
    page.goto(f"{ANSWERED}/picture")
    table = taken(page, _("Every figure (CSV)"), tmp_path).decode("utf-8-sig").splitlines()
    assert table[0].startswith("measure,of,voice,value") and any(row.endswith(",hidden") for row in table)
    page.goto("/network")
    assert len(list(ET.fromstring(taken(page, "GraphML", tmp_path)).iterfind(".//{*}node"))) == 5  # noqa: S314 - our own
    assert len(json.loads(taken(page, "Kumu (JSON)", tmp_path))["elements"]) == 5
    page.goto("/money/home-monitoring")
    with zipfile.ZipFile(io.BytesIO(taken(page, "XLSX", tmp_path))) as workbook:
        assert "xl/workbook.xml" in workbook.namelist()
    page.goto(f"{ANSWERED}/forms")
    with page.expect_download() as paper:
        page.get_by_role("button", name=_("Paper form (PDF)")).click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF")


def heard(page: Any, voice: str) -> str:
    """Give what the register says of one voice."""
    return page.locator("tbody tr", has=page.locator("th", has_text=voice)).first.inner_text()


def turn(page: Any, tab: str) -> None:
    """Go to another page of a round's results."""
    page.locator("nav.tabs").get_by_role("link", name=tab, exact=True).click()
    page.locator("nav.tabs [aria-current=page]", has_text=tab).wait_for()


def question(id_: str, visitor: Visitor) -> str:
    """Give the words of a question."""
    return shipped().items[id_].text[visitor.language]


def taken(page: Any, link: str, folder: Path) -> bytes:
    """Take the first file behind a link of that name."""
    with page.expect_download() as told:
        page.get_by_role("link", name=link, exact=True).first.click()
    told.value.save_as(folder / "taken")
    return (folder / "taken").read_bytes()


def letters(page: Any, visitor: Visitor, voice: str, count: int, folder: Path) -> list[str]:
    """Make letters; give the addresses that their squares hold, as a telephone reads them."""
    page.select_option("#voice", voice)
    page.fill("#count", str(count))
    with page.expect_download() as told:
        page.get_by_role("button", name=visitor.say("Make letters (PDF)")).click()
    told.value.save_as(folder / f"{voice}.pdf")
    with pdfium.PdfDocument(folder / f"{voice}.pdf") as letter:
        found = [b.text for n in range(len(letter)) for b in zxingcpp.read_barcodes(letter[n].render().to_pil())]
    assert len(set(found)) == count
    return found


def answers_with_a_telephone(browser: Any, square: str, visitor: Visitor) -> None:
    """Answer one topic, leave the others out, send."""
    context = browser.new_context(viewport=PHONE, locale=visitor.language)
    page = context.new_page()
    page.goto(square)
    page.wait_for_function("document.getElementById('code').value.length > 8")
    page.click("form[action='/answer'] button")
    page.click("button[value=next]")
    for item in ("pur1", "pur2", "pur3"):
        page.check(f"input[name='item:{item}'][value='4']")
    while page.locator("button[value=next]").count():
        page.click("button[value=next]")
        page.wait_for_load_state()
    assert page.inner_text("h1") == visitor.say("Thank you")
    context.close()


def answers(x: Exchange, code: str, level: int) -> None:
    """Answer every question alike, and say that every topic matters a lot."""
    asked = {i: CANNOT_SAY if i == "mon3" else level for i in shipped().items}
    answering.save(x, code, scores=asked, importance={d.id: 3 for d in shipped().dimensions})
    answering.send(x, code)
