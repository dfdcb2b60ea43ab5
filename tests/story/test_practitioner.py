"""A practitioner's morning, in a real browser: in both languages, at a desk and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest

from plain import arrival, plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.web.access import Door
from visitors import DESK, PHONE, fits

INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013"
HBA1C = "4548-4^HbA1c^LN"
SCREENS = {"desk": DESK, "phone": PHONE}
WORDS = {
    "en": {
        "alike": "Nobody found, but 1 person is alike", "closed": "Not in your care. You can open the record with a reason.",
        "untold": "Nobody has told of any.", "results": "Results", "else": "Says otherwise:", "all": "All 9 values", "fits": "2 of 31 entries fit",
    },
    "es": {
        "alike": "Nadie encontrado, pero 1 persona se parece", "closed": "No está a su cargo. Puede abrir la historia indicando un motivo.",
        "untold": "Nadie ha comunicado nada.", "results": "Resultados", "else": "Dice otra cosa:", "all": "Los 9 valores", "fits": "",
    },
}  # fmt: skip


def message(control: str, patient: str, results: list[tuple[str, str]], more: str = "", partner: str = "hospital") -> Any:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5"
    rows = "".join(
        f"\rOBR|{n}|{control}-{n}|{control}-{n}|{HBA1C}|||{day}\rOBX|1|NM|{HBA1C}||{value}|%|4-6||||F|||{day}"
        for n, (day, value) in enumerate(results, 1)
    )
    return arrival(f"{head}\rPID|1||{patient}{more}{rows}", partner=partner)


def admitted(patient: str, allergy: str, partner: str) -> Any:
    head = "MSH|^~\\&|ADT|HOSP|||20260103101500+0000||ADT^A01|9|P|2.5"
    return arrival(f"{head}\rPID|1||{patient}\rPV1|1|I\rAL1|1|DA|{allergy}|SV", partner=partner)


@pytest.fixture(scope="module")
def x() -> Exchange:
    made = plain_exchange()
    days = [(f"2025{month:02}03080000", f"{5 + month / 5:.1f}") for month in range(1, 9)]
    list(
        receive(
            made,
            [
                message("1", f"1001^^^HOSP^MR||{INES}", days),
                message("2", f"9^^^INS^MR||{INES}", [("20260102", "6.2")], partner="insurer"),
                admitted(f"1001^^^HOSP^MR||{INES}", "^Penicillin", "hospital"),
                message("3", "5^^^INS^MR||Zeller^Otto||19600101|M", [("20260102", "5.1")], partner="insurer"),
            ],
        )
    )
    accounts.add(made, Account("", "ana", Role.PRACTITIONER, PartnerId("hospital")), Viewer("me"))
    accounts.set_password(made, "ana", "a long password", Viewer("me"))
    return made


@pytest.fixture(scope="module")
def address(x: Exchange, serve: Callable[..., str]) -> str:
    return serve(x, Door(ask_reason=True))


@pytest.fixture(params=[(language, screen) for language in WORDS for screen in SCREENS], ids="-".join)
def reader(request: pytest.FixtureRequest, browser: Any, address: str) -> Any:
    """Give (page, words, whether it is a phone) of somebody who has signed in and said why."""
    language, screen = request.param
    context = browser.new_context(viewport=SCREENS[screen], locale=language)
    context.add_cookies([{"name": "language", "value": language, "url": address}])
    page = context.new_page()
    page.goto(address)
    page.fill("#name", "ana")
    page.fill("#password", "a long password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why-treatment")
    page.check("#why-treatment")
    page.keyboard.press("Enter")
    page.wait_for_selector("#words[aria-describedby]")
    yield page, WORDS[language], screen == "phone"
    context.close()


def search(page: Any, words: str) -> None:
    page.fill("#words", words)
    page.keyboard.press("Enter")
    page.wait_for_selector("h2[role=status]")


def test_from_a_slip_of_the_pen_to_the_place_in_the_original(reader: Any) -> None:
    page, words, phone = reader
    search(page, "pardo vega")
    assert page.inner_text("h2[role=status]") == words["alike"]
    page.click(".persons a")
    page.wait_for_selector(".always")
    assert page.locator(".always section li a", has_text="Penicillin").is_visible(), "what is severe is in view at once"
    assert page.locator(".always .untold").first.inner_text().startswith(words["untold"]), (
        "medicines: nobody told, and that is said"
    )
    assert fits(page)
    page.click("#view-results")
    page.wait_for_selector("#view-results[aria-current]")
    assert page.locator(".trend svg").count() == 1
    assert page.locator(".trend .band").count() == 1, "the range is drawn behind the values"
    assert page.get_by_text(words["all"]).is_visible()
    assert fits(page)
    if phone:
        assert page.locator(".gist").bounding_box()["y"] >= -1, "what matters stays on top"
    page.locator(".values td a").first.click()
    if phone:
        page.wait_for_url("**/fact/*")
    else:
        page.wait_for_selector("#beside:not([hidden])")
        assert page.url.endswith("view=results")
    assert page.locator("mark").first.inner_text().startswith("OBX|1|NM|4548-4^HbA1c^LN||6.2|%")
    if not phone:
        page.keyboard.press("Escape")
        assert page.locator("#beside").is_hidden()
        assert page.evaluate("document.activeElement.matches('.values td a')"), "one goes on where one was"


def test_a_record_that_is_not_in_ones_care_is_opened_calmly(reader: Any) -> None:
    page, words, _ = reader
    search(page, "zeller")
    closed = page.get_by_text(words["closed"])
    if closed.count():  # the first of the readers opens it, and then it is open for an hour
        closed.click()
        page.fill(".persons #reason", "unconscious in the street")
        page.keyboard.press("Enter")
        page.wait_for_url("**/person/*")
    else:
        page.click(".persons a")
    page.wait_for_selector(".always")
    assert page.inner_text("h1") == "Otto Zeller"


def test_without_a_script_everything_is_reached_by_links(browser: Any, address: str, reader: Any) -> None:
    page, words, _ = reader
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state, viewport=page.viewport_size)
    bare = context.new_page()
    bare.goto(address)
    bare.fill("#words", "prado")
    bare.locator(".find button").click()
    bare.locator(".persons a").first.click()
    bare.locator("#view-kinds").click()
    assert words["results"] in " ".join(bare.locator("#view h2").all_inner_texts())
    bare.locator(".line .what a").first.click()
    assert "/fact/" in bare.url
    context.close()
