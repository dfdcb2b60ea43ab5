"""An administrator's errands, in a real browser: an account and its code, sessions ended, a token taken away; and no record."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from citizens import ME, Town, town
from vado.exchange import accounts
from vado.web.access import Door
from visitors import PASSWORD, VISITORS, Visitor, fits, signed_in


@pytest.fixture(scope="module")
def t() -> Town:
    made = town()
    accounts.set_password(made.x, "ada", PASSWORD, ME)
    return made


@pytest.fixture(scope="module")
def address(t: Town, serve: Callable[..., str]) -> str:
    return serve(t.x, Door())


@pytest.fixture(scope="module", params=VISITORS, ids=lambda v: v.name)
def visitor(request: pytest.FixtureRequest) -> Visitor:
    return request.param


@pytest.fixture(scope="module")
def page(address: str, browser: Any, visitor: Visitor) -> Iterator[Any]:
    with signed_in(browser, address, visitor, "ada") as page:
        yield page


def test_somebody_new_is_given_a_code_comes_in_and_is_shut_out(page: Any, address: str, browser: Any, visitor: Visitor) -> None:
    _, name = visitor.say, f"doctor.{visitor.name}"
    add(page, visitor, name, role="practitioner", partner="hospital")
    code = page.inner_text(".secret")
    assert fits(page)

    # with the code she chooses a password of her own, once
    context = browser.new_context(viewport=visitor.screen, base_url=address)
    doctor = context.new_page()
    doctor.goto(f"/language/{visitor.language}?back=/sign-in/code")
    doctor.fill("#code", code)
    doctor.fill("#password", "an umbrella in the rain")
    doctor.click("main form button")
    doctor.wait_for_selector(".sign-out")

    # the administrator sees that she is in, not what she does, and the code no more
    page.goto("/accounts?begins=doctor")
    page.get_by_role("link", name=name, exact=True).click()
    assert page.locator(".secret").count() == 0
    assert visitor.plural("in %(num)s browser", "in %(num)s browsers", 1) in page.inner_text(".facts")

    # all her sessions are closed, and a new code is there for her
    page.get_by_role("button", name=_("Reset the sign-in")).click()
    assert page.inner_text(".secret") != code
    assert _("nowhere") in page.inner_text(".facts")
    doctor.goto("/")
    assert "/sign-in" in doctor.url
    page.get_by_role("button", name=_("Shut the account")).click()
    assert _("shut") in page.inner_text("h1")
    assert fits(page)
    context.close()


def test_a_token_is_shown_once_and_taken_away(page: Any, address: str, visitor: Visitor) -> None:
    _, name = visitor.say, f"program.{visitor.name}"
    add(page, visitor, name, role="client", partner="hospital")
    page.fill("#token-scopes", "system/Observation.rs")
    page.get_by_role("button", name=_("Make a token")).click()
    token = page.inner_text(".secret")
    assert fits(page)
    assert asked(address, token) == 200
    page.goto(page.url)
    assert token not in page.content()
    page.get_by_role("button", name=_("Take it away")).click()
    assert page.locator("main table").count() == 0
    assert asked(address, token) == 401


def test_who_runs_the_accounts_reads_no_record(t: Town, page: Any, visitor: Visitor) -> None:
    _ = visitor.say
    original = t.line("HbA1c").shown.evidence.places[0].original
    for path in (f"/person/{t.ines}", f"/original/insurer/{original}", "/inbox", "/desk"):
        assert page.goto(path).status == 403, path
        assert "Prado" not in page.content() and "HbA1c" not in page.content()
    page.goto("/accounts?begins=ines")
    page.get_by_role("link", name="ines", exact=True).click()
    assert "Prado" not in page.content(), "whose account it is, the administrator knows by its name alone"


def add(page: Any, visitor: Visitor, name: str, **choices: str) -> None:
    _ = visitor.say
    page.goto("/accounts")
    page.get_by_role("link", name=_("Add an account")).click()
    page.fill("#name", name)
    for what, which in choices.items():
        page.select_option(f"#{what}", which)
    page.get_by_role("button", name=_("Add the account")).click()
    page.wait_for_selector("h1:has-text('" + name + "')")


def asked(address: str, token: str) -> int:
    return httpx.get(f"{address}/fhir/Observation", headers={"Authorization": f"Bearer {token}"}).status_code
