"""A manager's look at the exchange, in a real browser: what flows and what it adds up to, and no way to anybody's record."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from citizens import ME, Town, town
from vado.exchange import accounts, consult
from vado.model.account import Account, Role
from vado.web.access import Door
from visitors import PASSWORD, VISITORS, Visitor, fits, signed_in

SECRETS = ("Prado", "Inés", "1951", "600111222", "Hemoglobin", "HbA1c", "718-7", "4548-4")


@pytest.fixture(scope="module")
def t() -> Town:
    made = town()
    accounts.add(made.x, Account("", "mara", Role.MANAGER), ME)
    accounts.set_password(made.x, "mara", PASSWORD, ME)
    return made


@pytest.fixture(scope="module")
def address(t: Town, serve: Callable[..., str]) -> str:
    return serve(t.x, Door())


@pytest.fixture(scope="module", params=VISITORS, ids=lambda v: v.name)
def visitor(request: pytest.FixtureRequest) -> Visitor:
    return request.param


@pytest.fixture(scope="module")
def page(address: str, browser: Any, visitor: Visitor) -> Iterator[Any]:
    with signed_in(browser, address, visitor, "mara") as page:
        yield page


def test_a_manager_sees_what_flows_and_what_it_adds_up_to(page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    page.get_by_role("link", name=_("Bridges"), exact=True).click()
    sums = [" ".join(text.split()) for text in page.locator(".sums li").all_inner_texts()]
    assert {"3 " + _("Partners"), "2 " + _("originals in the last week")} <= set(sums), sums
    page.locator(".chart summary").click()
    assert page.locator(".chart tbody tr").count() == 2, "the chart's numbers, a row for each partner who told something"
    assert fits(page)
    page.locator("table.bridges").get_by_role("link", name="Hospital").click()
    assert _("Everything that came could be read.") in page.inner_text("main")
    assert page.locator("main form").count() == 0, "a manager changes nothing"
    assert fits(page)
    page.get_by_role("link", name=_("Deliveries"), exact=True).click()
    assert page.inner_text("h1") == _("Deliveries")
    assert fits(page)


def test_no_page_of_a_manager_says_anything_of_anybody(t: Town, page: Any, visitor: Visitor) -> None:
    for path in ("/bridges", "/bridges/hospital", "/deliveries", "/me"):
        page.goto(path)
        assert not [s for s in SECRETS if s in page.content()], path
        assert not page.locator("a[href^='/person'], a[href^='/original'], a[href^='/fact']").count(), "nothing leads there"


def test_a_record_and_an_original_are_refused(t: Town, page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    fact = t.line("HbA1c").shown.id
    original = next(r.original for r in consult.inbox(t.x, ME))
    for path in (f"/person/{t.ines}", f"/fact/{fact}", f"/original/{original.partner}/{original.id}", "/inbox", "/accounts"):
        assert page.goto(path).status == 403, path
        assert not [s for s in SECRETS if s in page.content()], path
        assert "AC-001" in page.inner_text("main")
        assert fits(page)
    assert page.locator("#words").count() == 0, "nobody is searched for"
