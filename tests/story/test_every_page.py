"""Every page that anybody can reach, by each role, in both languages, by day and by night: accessible, light, narrow, without complaint."""

from collections.abc import Iterator
from typing import Any

import pytest

from crawl import PAGES, Crawl
from town import demonstration

ROLES = ("ana.hospital", "citizen", "carer", "manager", "operator", "administrator", "")
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}
WEIGHT = 200_000  # bytes of a page with all that belongs to it, as they travel
_SIZES = "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce((n, e) => n + e.encodedBodySize, 0)"
_PARTS = """[document.querySelector('main').outerHTML + document.title,
    document.body.outerHTML.replace(document.querySelector('main').outerHTML, '').replace(/back=[^"]*/g, '')]"""
_AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
BEGIN = ("/", "/sign-in", "/me", "/upload", "/reason", "/welcome")  # to some of these only a letter or a question leads
UNREACHED = {  # pages that no link of the demonstration leads to, and where they are looked at instead
    "answer": "tests/story/test_answerer.py: the way in is a letter",
    "answer-step": "tests/story/test_answerer.py",
    "forms-brought": "tests/unit/web/test_forms.py: a file of answers has to be handed over first",
    "lines-brought": "tests/unit/web/test_money.py: a table of lines has to be handed over first",
    "paper": "tests/unit/web/test_papers.py, test_operator.py: a blank form has to be handed over first",
    "newcomer-draft": "tests/unit/web/test_bridges.py: a sample has to be handed over first",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demonstration(tmp_path_factory) as address:
        yield address


@pytest.mark.parametrize(("language", "screen"), [("en", DESK), ("es", PHONE)], ids=["desk", "phone"])
def test_every_page(browser: Any, town: str, language: str, screen: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    reached: set[str] = set()
    known: set[str] = set()
    wrong: list[str] = []
    for role in ROLES:
        context = browser.new_context(**screen)
        page = context.new_page()
        listen(page, wrong)
        if role:
            page.goto(f"{town}/sign-in")
            page.click(f"form[action='/sign-in/as/{role}'] button")
        page.goto(f"{town}/language/{language}")
        begin = (*BEGIN, *somebody(page, town), *(asked(page, town) if role == "manager" else ()))
        for name, path in Crawl(page, town, begin).pages():
            reached.add(name)
            wrong += [f"{role}: {said}" for said in looked_at(page, axe, path, language, known)]
        context.close()
    assert not wrong, "\n".join(wrong)
    assert set(PAGES) - reached == set(UNREACHED), "a page that no role reaches is a page that nobody looked at"


def somebody(page: Any, town: str) -> list[str]:
    """Give the addresses of those whom a search finds and who may be looked at: the words of a search travel in no address."""
    page.goto(f"{town}/")
    if not page.locator("#words").count():
        return []
    page.fill("#words", "garcia")
    page.keyboard.press("Enter")
    page.wait_for_selector(".persons")
    return [a.get_attribute("href") for a in page.locator(".persons a[href^='/person/']").all()]


def asked(page: Any, town: str) -> tuple[str, str]:
    """Give the addresses of a round that is open, of whose pages the demonstration has none: who is invited, and figures that wait."""
    page.goto(f"{town}/rounds")
    if not page.locator("a[href='/rounds/winter']").count():
        page.locator("details", has=page.locator("#title")).locator("summary").click()
        page.fill("#title", "Winter")
        page.fill("#register", "hospital; Hospital; hospital; hospital; practitioner=60")
        page.fill("#groups", "carers; Carers; 300")
        page.locator("form[action='/rounds'] button").click()
        page.wait_for_url("**/rounds/winter")
    return "/rounds/winter", "/rounds/winter/picture"


def listen(page: Any, wrong: list[str]) -> None:
    """Note what the browser itself complains about: a refused script, a file that is not there. That a page is shut is no fault."""
    page.on("pageerror", lambda fault: wrong.append(f"{page.url}: {fault}"))
    page.on("console", lambda said: said.type == "error" and "403" not in said.text and wrong.append(f"{page.url}: {said.text}"))


def looked_at(page: Any, axe: Any, path: str, language: str, known: set[str]) -> list[str]:
    """Say all that is wrong with the page in the browser.

    Many pages say to one role what they said to another, below the links of that role: axe looks where the one or the other is new.
    """
    wrong: list[str] = []
    if page.evaluate("document.documentElement.lang") != language:
        wrong.append(f"{path}: is not in {language}")
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > page.viewport_size["width"]:
        wrong.append(f"{path}: is {wide} px wide")
    if page.locator("h1").count() != 1:
        wrong.append(f"{path}: has {page.locator('h1').count()} first headings")
    if (weight := page.evaluate(_SIZES)) > WEIGHT:
        wrong.append(f"{path}: weighs {weight} bytes")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    parts = set(page.evaluate(_PARTS))
    if parts <= known:
        return wrong
    known |= parts
    found = axe.run(page, options=_AXE)
    for violation in found.response["violations"]:
        where = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        wrong.append(f"{path}: {violation['id']} ({violation['impact']}): {violation['help']} at {where}")
    return wrong
