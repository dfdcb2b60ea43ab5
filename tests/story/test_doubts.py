"""Doubts in a real browser, by keyboard alone: side by side, one key each, and back."""

from collections.abc import Callable
from typing import Any

import pytest

from plain import arrival, plain_exchange
from vado.exchange import consult, doubts
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.record import Viewer

WEB = Viewer("web")
PEOPLE = (  # (number, patient of the hospital, the same at the clinic, with what makes one ask)
    ("1", "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013", "Prado^Inés||19510703|F|||Calle Mayor 5^^Madrid^^28013"),
    ("2", "Gil Mora^Rosa||19600311|F|||Calle Sol 9^^Madrid^^28012", "Gil^Rosa||19600312|F|||"),
    ("3", "Sanz Rey^Iván||19480222|M|||Plaza Alta 1^^Toledo^^45001", "Sanz^Iban||19480222|M|||Plaza Alta 1^^Toledo^^45001"),
    ("4", "Núñez Roca^Eva||19771109|F|||Calle Luna 2^^Madrid^^28004", "Nuñes^Eva||19771108|F|||Calle Luna 2^^Madrid^^28004"),
)


def message(control: str, patient: str) -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\rAL1|1|DA|^Penicillin\r"


@pytest.fixture
def x() -> Exchange:
    exchange = plain_exchange()
    for n, one, other in PEOPLE:
        list(
            receive(
                exchange,
                [
                    arrival(message(n, f"{n}^^^HOSP^MR||{one}")),
                    arrival(message(f"c{n}", f"7{n}^^^CLI^MR||{other}"), partner="clinic"),
                ],
            )
        )
    return exchange


def persons(x: Exchange) -> tuple[str, ...]:
    return consult.all_persons(x, WEB)


def test_all_pairs_by_keys_and_all_back(browser: Any, serve: Callable[[Exchange], str], x: Exchange) -> None:
    many, apart = len(doubts.worklist(x, WEB).ids), persons(x)
    assert many >= 3
    page = browser.new_page()
    page.goto(f"{serve(x)}/doubts")

    def press(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)

    first = page.get_attribute("#pair form", "action")
    press("j")
    second = page.get_attribute("#pair form", "action")
    assert second != first
    press("k")
    assert page.get_attribute("#pair form", "action") == first
    page.keyboard.press("?")
    assert page.locator("#keys[open]").count() == 1

    press("s")
    assert page.get_attribute("#pair form", "action") == second, "the next pair is there at once"
    assert len(persons(x)) == len(apart) - 1
    press("d")
    assert len(doubts.worklist(x, WEB).ids) == many - 2
    press("u")
    assert page.get_attribute("#pair form", "action") == second, "the pair that was taken back is shown again"
    press("u")
    assert persons(x) == apart
    assert len(doubts.worklist(x, WEB).ids) == many
    page.close()


def test_it_works_without_script_on_a_narrow_screen(browser: Any, serve: Callable[[Exchange], str], x: Exchange) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    address = serve(x)
    before = len(doubts.worklist(x, WEB).ids)
    page.goto(f"{address}/doubts")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator("button[value=different]:focus").count():
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert len(doubts.worklist(x, WEB).ids) == before - 1
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert len(doubts.worklist(x, WEB).ids) == before
    page.goto(f"{address}/doubts?view=list&order=harm")
    assert page.locator(".doubt").count() == before
    with page.expect_navigation():
        page.locator("button[value=different]").first.click()
    assert "view=list" in page.url
    assert "order=harm" in page.url
    assert page.locator(".doubt").count() == before - 1
    context.close()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 400, 1280])
def test_no_page_of_doubts_is_wider_than_the_screen(
    browser: Any, serve: Callable[[Exchange], str], x: Exchange, language: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    address = serve(x)
    context.add_cookies([{"name": "language", "value": language, "url": address}])
    page = context.new_page()
    doubts_ = doubts.worklist(x, WEB)
    for path in ("/doubts", "/doubts?view=list", *(f"/doubts/{a}" for a in doubts_.ids)):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"
    context.close()
