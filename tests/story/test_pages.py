"""From a name to the marked place in the original, in a real browser, by keyboard alone, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plain import arrival, plain_exchange
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.record import Viewer

PAPER = Path(__file__).parents[1] / "golden" / "incoming" / "scan" / "clean_page" / "original.png"
HEMOGLOBIN, HBA1C = "718-7^Hemoglobin^LN", "4548-4^HbA1c^LN"
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10: no scrolling sideways at 320 CSS pixels
STEPS = 60  # presses of Tab before a thing counts as out of reach


def message(control: str, patient: str, code: str, value: str) -> str:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5"
    return f"{head}\rPID|1||{patient}\rOBR|1|||{code}|||20260102\rOBX|1|NM|{code}||{value}|%||N|||F|||20260102"


@pytest.fixture(scope="module")
def x() -> Exchange:
    exchange = plain_exchange()
    arrivals = [
        arrival(message("1", f"1001^^^HOSP^MR||{INES}", HEMOGLOBIN, "13"), partner="hospital"),
        arrival(message("2", f"9^^^INS^MR||{INES}", HBA1C, "6.2"), partner="insurer"),
        arrival(message("3", "7^^^CLI^MR||Prado^Inés||19510703|F", HBA1C, "6.1"), partner="clinic"),
        arrival("Number;Surname;First name;Date of birth\n77;Table;Tom;1980-02-03\n", "people.csv", partner="council"),
        arrival(PAPER.read_bytes(), partner="old-clinic"),
        arrival(b"\x7fELF" + bytes(200)),
    ]
    list(receive(exchange, arrivals))
    return exchange


@pytest.fixture(scope="module")
def address(x: Exchange, serve: Callable[[Exchange], str]) -> str:
    return serve(x)


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until this has the focus, and the focus can be seen."""
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} has the focus, but nothing shows it"
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def press(page: Any, selector: str, then: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(then))


WORDS = {
    "en": {"found": "1 person found", "results": "Results", "place": "The place in the original", "mark": "The marked place"},
    "es": {
        "found": "1 persona encontrada",
        "results": "Resultados",
        "place": "El lugar en el original",
        "mark": "El lugar marcado",
    },
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_from_a_name_to_the_marked_place_by_keyboard(browser: Any, address: str, language: str) -> None:
    page = browser.new_page()
    page.goto(address)
    if language == "es":
        press(page, "a.language", "/$")
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.activeElement.id") == "words", "one can type at once"
    page.keyboard.type("prado vega")
    page.keyboard.press("Enter")
    page.wait_for_selector(".persons")
    assert page.inner_text("h2") == WORDS[language]["found"]
    assert page.url == f"{address}/", "the words that were searched must not be in the address"
    press(page, ".persons a", "/person/")
    assert page.inner_text("h1") == "Inés Prado Vega"
    press(page, "#view-kinds", "view=kinds")
    page.wait_for_selector("#view-kinds[aria-current]")
    assert WORDS[language]["results"] in [h.partition(" ")[0] for h in page.locator("#view h2").all_inner_texts()]
    (fact,) = [a.get_attribute("href") for a in page.locator(".line", has_text="13 %").locator(".what a").all()]
    tab_to(page, f'a[href="{fact}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#beside:not([hidden]) mark")  # on a wide screen it stands beside the record
    assert page.evaluate("document.activeElement.id") == "beside"
    assert WORDS[language]["place"] in page.locator("h2").all_inner_texts()
    assert page.locator("mark").all_inner_texts()[0].startswith("OBX|1|NM|718-7^Hemoglobin^LN||13|%")
    assert page.locator("mark").first.is_visible()
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_scan_is_shown_with_the_place_marked(browser: Any, address: str, x: Exchange, language: str) -> None:
    page = speaking(browser, address, language)
    page.goto(f"{address}/fact/{read_from_paper(x)}")
    picture = page.locator(".sheet img")
    assert picture.evaluate("i => i.complete && i.naturalWidth > 100"), "the picture of the page did not come"
    assert page.get_by_role("img", name=WORDS[language]["mark"]).count() == 1
    sheet, box = picture.bounding_box(), page.locator(".sheet rect").first.bounding_box()
    assert box["width"] > 10
    assert box["height"] > 5
    assert sheet["x"] <= box["x"] and box["x"] + box["width"] <= sheet["x"] + sheet["width"]
    assert sheet["y"] <= box["y"] and box["y"] + box["height"] <= sheet["y"] + sheet["height"]
    assert page.locator(".items .marked mark").count() == 1
    page.close()


def test_a_doubt_is_settled_by_keyboard(browser: Any, address: str, x: Exchange) -> None:
    page = browser.new_page()
    page.goto(f"{address}/doubts?view=list")
    before = page.locator(".doubt").count()
    assert before > 0
    tab_to(page, 'button[value="different"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{address}/doubts?view=list"
    assert page.locator(".doubt").count() == before - 1
    assert len(consult.doubts(x, Viewer("me"))) == before - 1
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(browser: Any, address: str, x: Exchange, language: str) -> None:
    page = speaking(browser, address, language, viewport=NARROW)
    me = Viewer("me")
    persons = consult.all_persons(x, me)
    lines = [line.shown.id for p in persons for line in consult.show_record(x, p, me).lines]
    patients = [f.id for p in persons for f in consult.show_record(x, p, me).person.patients]
    rows = [f"/original/{r.original.partner}/{r.original.id}" for r in consult.inbox(x, me)]
    paths = ["/", "/inbox", "/doubts", "/desk", "/nothing", *rows, *(f"/person/{p}" for p in persons)]
    for path in [*paths, *(f"/fact/{f}" for f in (*lines, *patients))]:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], f"{path} is wider than the screen"
    page.goto(address)
    page.fill("#words", "prado")
    page.keyboard.press("Enter")
    page.wait_for_selector(".persons")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.close()


def test_pages_ask_nobody_else_for_anything(browser: Any, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: faults.append(m.text))
    for path in ("/", "/inbox", "/doubts", "/desk"):
        page.goto(address + path)
    assert {a.partition("/static")[0].startswith(address) for a in asked} == {True}
    assert not [f for f in faults if "favicon" not in f and "404" not in f], "the browser refused something of the page"
    page.close()


def speaking(browser: Any, address: str, language: str, **more: Any) -> Any:
    context = browser.new_context(**more)
    context.add_cookies([{"name": "language", "value": language, "url": address}])
    return context.new_page()


def read_from_paper(x: Exchange) -> str:
    """Give a fact with a box on a page, but not the person's own."""
    (row,) = [r.original for r in consult.inbox(x, Viewer("me")) if r.original.partner == "old-clinic"]
    facts = consult.show_original(x, row.partner, row.id, Viewer("me")).facts
    return next(f.id for f in facts if f.kind != "Patient" and f.evidence.places[0].box)
