"""Somebody answers with the code of a letter: on a phone, in a break, in two goes; and whoever runs the round sees that they did."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from plain import plain_exchange
from vado.exchange import accounts
from vado.exchange.collaboration import opening
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.survey import Who
from vado.web.access import Door

PAT = Viewer("pat", role=Role.MANAGER)
SCREENS = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 780}}
WORDS = {
    "en": {
        "thanks": "Thank you",
        "used": "has been used",
        "none": "opens nothing",
        "first": "Shared purpose",
        "few": "Fewer than 5 people",
    },
    "es": {
        "thanks": "Gracias",
        "used": "ya se ha usado",
        "none": "no abre nada",
        "first": "Propósito común",
        "few": "menos de 5 personas",
    },
}


@pytest.fixture(scope="module")
def x() -> Exchange:
    made = plain_exchange()
    register = "hosp; Hospital; hospital; hospital; practitioner=40\ngp; Practice; primary care; ; practitioner=12"
    opening.make(made, "Spring", made.clock().date(), None, PAT, register=register, groups="carers; Carers; 200")
    accounts.add(made, Account("", "pat", Role.MANAGER, PartnerId("")), Viewer("me"))
    accounts.set_password(made, "pat", "a long password", Viewer("me"))
    return made


@pytest.fixture(scope="module")
def address(x: Exchange, serve: Callable[..., str]) -> str:
    return serve(x, Door())


@pytest.fixture(params=[(language, screen) for language in WORDS for screen in SCREENS], ids="-".join)
def reader(request: pytest.FixtureRequest, browser: Any, address: str) -> Any:
    """Give (a maker of pages of fresh browsers, words)."""
    language, screen = request.param
    contexts = []

    def fresh() -> Any:
        context = browser.new_context(viewport=SCREENS[screen], locale=language)
        context.add_cookies([{"name": "language", "value": language, "url": address}])
        contexts.append(context)
        return context.new_page()

    yield fresh, WORDS[language]
    for context in contexts:
        context.close()


def fits_the_screen(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_from_a_letter_to_an_answer_that_nobody_finds_again(
    reader: Any, x: Exchange, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    fresh, words = reader
    caplog.set_level(logging.DEBUG)
    (code,) = opening.invite(x, "spring", "hosp", Who.PRACTITIONER, 1, PAT)
    page = fresh()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto(f"{address}/answer#{code}")
    page.wait_for_function("document.getElementById('code').value.length > 8")
    assert code not in page.url, "the square's code leaves the address at once"
    page.click("form[action='/answer'] button")
    page.wait_for_selector("progress")
    page.click("button[value=next]")
    page.wait_for_selector("h1")
    assert page.inner_text("h1") == words["first"]
    assert fits_the_screen(page)
    page.check("input[name='item:pur1'][value='4']")
    page.check("input[name='item:pur2'][value='0']")
    page.check("input[name=importance][value='3']")
    page.click("button[value=next]")
    page.wait_for_selector("input[name='item:kno1']")
    page.click("button[value=leave]")
    page.wait_for_selector("#code")

    later = fresh()  # another telephone, the same code
    later.goto(f"{address}/answer")
    later.fill("#code", " ".join((code[:4], code[4:8].lower(), code[8:12], code[12:])))
    later.click("form[action='/answer'] button")
    later.wait_for_selector("progress")
    later.click("button[value=next]")
    later.wait_for_selector("input[name='item:pur1']")
    assert later.is_checked("input[name='item:pur1'][value='4']"), "what was marked is still marked"
    while later.locator("textarea[name=missing]").count() == 0:
        later.click("button[value=next]")
        later.wait_for_load_state()
    later.check("input[name='block:tru1']")
    later.fill("#missing", "the school nurses")
    assert fits_the_screen(later)
    later.click("button[value=next]")
    later.wait_for_load_state()
    later.click("button[value=next]")
    later.wait_for_load_state()
    assert later.inner_text("h1") == words["thanks"]
    with x.store.begin() as tx:
        kept = [a for a in tx.collaboration.answers("spring") if a.missing]
    assert kept[-1].scores == {"pur1": 4, "pur2": 0}

    again = fresh()
    again.goto(f"{address}/answer")
    again.fill("#code", code)
    again.keyboard.press("Enter")
    again.wait_for_selector(".complaint")
    assert words["used"] in again.inner_text(".complaint")
    assert not any(code in url or "hosp" in url for url in asked)
    assert code not in caplog.text
    assert "school nurses" not in caplog.text


def test_whoever_runs_the_round_sees_how_far_it_is_and_prints_letters(reader: Any, x: Exchange, address: str) -> None:
    fresh, words = reader
    page = fresh()
    page.goto(address)
    page.fill("#name", "pat")
    page.fill("#password", "a long password")
    page.keyboard.press("Enter")
    page.wait_for_selector("nav")
    page.goto(f"{address}/rounds")
    page.click("th a")
    page.wait_for_selector("#voice")
    assert fits_the_screen(page)
    page.fill("#count", "2")
    with page.expect_download() as told:
        page.click("form[action$='/invite'] button")
    assert told.value.suggested_filename == "spring-hosp.pdf"
    with x.store.begin() as tx:
        answered = len(tx.collaboration.answers("spring"))
    assert (words["few"] in page.inner_text("main")) == (0 < answered < 5)
