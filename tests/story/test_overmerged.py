"""The wrong merge found on its page, taken apart, and back; and whom somebody would be, with nothing stored and nothing in the address."""

from collections.abc import Callable
from typing import Any

import pytest

from plain import arrival, everything, plain_exchange
from vado.exchange import consult, review
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.record import Viewer

WEB = Viewer("web")


def message(control: str, patient: str) -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\r"


@pytest.fixture
def x() -> Exchange:
    """Two people whom somebody joined by mistake."""
    exchange = plain_exchange()
    told = (
        ("1001^^^HOSP^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013", "hospital"),
        ("7^^^CLI^MR||Gil^Juan||19801109|M", "clinic"),
    )
    list(receive(exchange, [arrival(message(str(n), p), partner=partner) for n, (p, partner) in enumerate(told)]))
    with exchange.store.begin() as tx:
        one, other = tx.patients_like(["prado"]) + tx.patients_like(["gil"])
    review.merge(exchange, one, other, Viewer("someone"))
    return exchange


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_person_with_two_faces_is_taken_apart_and_joined_again(
    browser: Any, serve: Callable[[Exchange], str], x: Exchange, language: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    address = serve(x)
    context.add_cookies([{"name": "language", "value": language, "url": address}])
    page = context.new_page()
    (person,) = consult.all_persons(x, WEB)
    consult.show_record(x, person, Viewer("doctor"))
    page.goto(f"{address}/overmerged")
    assert page.locator(".against li").count() == 2, "birth date and sex"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".doubt button").click()
    assert page.get_by_role("alert").count() == 1, "nobody was ticked"
    page.get_by_label("clinic").focus()
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.locator(".doubt button").click()
    assert len(consult.all_persons(x, WEB)) == 2
    assert page.locator(".doubt").count() == 0
    assert "doctor" in page.inner_text("[role=status]"), "who saw the wrong record has to be told"
    with page.expect_navigation():
        page.locator("[role=status] button").click()
    assert len(consult.all_persons(x, WEB)) == 1
    assert page.locator(".doubt").count() == 1
    context.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_whom_somebody_would_be(browser: Any, serve: Callable[[Exchange], str], x: Exchange, language: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    address = serve(x)
    context.add_cookies([{"name": "language", "value": language, "url": address}])
    page = context.new_page()
    before = everything(x)
    page.goto(f"{address}/preview")
    page.fill("[name=family]", "Prado Vega")
    page.fill("[name=given]", "Inés")
    page.fill("[name=born]", "04/07/1951")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")
    page.fill("[name=born]", "1951-07-04")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2")
    assert page.locator(".doubt").count() == 1
    assert "Inés Prado Vega" in page.inner_text(".doubt")
    assert page.url == f"{address}/preview"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.fill("[name=family]", "Nobody")
    page.fill("[name=given]", "Nadie")
    page.fill("[name=born]", "1900-05-05")
    page.keyboard.press("Enter")
    page.wait_for_selector(".doubt", state="detached")
    assert everything(x) == before
    context.close()
