"""Somebody makes a passkey and comes in by it, in a real browser with a virtual device; an administrator lets somebody else in."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plain import arrival, plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.web.access import Door

ME = Viewer("me")
PASSWORD = "correct horse battery"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
WORDS = {
    "en": {"make": "Make a passkey", "enter": "Sign in with a passkey", "leave": "Sign out", "add": "Add the account", "go": "Sign in"},
    "es": {
        "make": "Crear una llave de acceso", "enter": "Entrar con una llave de acceso", "leave": "Salir", "add": "Añadir la cuenta", "go": "Entrar",
    },
}  # fmt: skip


@pytest.fixture
def x() -> Exchange:
    hospital = PartnerProfile(PartnerId("hospital"), "Hospital del Vado")
    made = plain_exchange(profiles={hospital.id: hospital})
    told = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|1|P|2.5\rPID|1||1001^^^HOSP^MR||Prado Vega^Inés||19510704|F\r"
    list(receive(made, [arrival(told)]))
    for name, role, partner in (("ana", Role.PRACTITIONER, "hospital"), ("boss", Role.ADMINISTRATOR, "")):
        accounts.add(made, Account("", name, role, PartnerId(partner)), ME)
        accounts.set_password(made, name, PASSWORD, ME)
    return made


@pytest.fixture
def at(serve: Callable[..., str], x: Exchange) -> str:
    return serve(x, Door()).replace("127.0.0.1", "localhost")  # passkeys belong to a name


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []

    def page(**more: Any) -> Any:
        contexts.append(browser.new_context(**more))
        made = contexts[-1].new_page()
        made.faults = []
        made.on("console", lambda m: made.faults.append(m.text) if m.type == "error" and "401" not in m.text else None)
        made.on("pageerror", lambda e: made.faults.append(str(e)))
        return made

    yield page
    for context in contexts:
        context.close()


def device(page: Any) -> Any:
    """Give the page a device as phones have one: it keeps passkeys, and knows who holds it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verified(holder: bool) -> None:
        session.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": holder})

    def credentials() -> list[Any]:
        return session.send("WebAuthn.getCredentials", {"authenticatorId": made})["credentials"]

    return verified, credentials


def enter(page: Any, at: str, name: str) -> None:
    page.goto(f"{at}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def fits(page: Any, width: int) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("language", "size"), [("en", WIDE), ("es", NARROW)])
def test_one_makes_a_passkey_and_comes_in_by_it(at: str, opened: Callable[..., Any], language: str, size: dict[str, int]) -> None:
    page, say = opened(viewport=size), WORDS[language]
    page.goto(f"{at}/language/{language}")
    _, credentials = device(page)
    enter(page, at, "ana")
    page.goto(f"{at}/account")
    page.fill("#passkey-name", "my phone")
    page.fill("#passkey-password", "wrong wrong wrong")
    page.get_by_role("button", name=say["make"]).click()
    page.wait_for_selector("[data-passkeys] [role=alert]:visible")
    assert "AC-025" in page.inner_text("[data-passkeys] [role=alert]") and not credentials()
    page.faults.clear()  # the browser says that the answer was 422
    page.fill("#passkey-password", PASSWORD)
    page.get_by_role("button", name=say["make"]).click()
    page.wait_for_selector("h3:has-text('my phone')")
    assert len(credentials()) == 1 and credentials()[0]["isResidentCredential"]
    assert fits(page, size["width"])
    page.get_by_role("button", name=say["leave"]).click()
    page.wait_for_url(
        f"{at}/"
    )  # the browser offers the passkey in the field of the name by itself, and this device says yes at once
    page.context.clear_cookies(name="vado-session")
    page.goto(f"{at}/inbox")
    page.wait_for_url(f"{at}/inbox")
    assert page.get_by_role("button", name=say["leave"]).is_visible()
    assert not page.faults


def test_the_button_does_too_and_an_unverified_holder_is_refused(at: str, x: Exchange, opened: Callable[..., Any]) -> None:
    page = opened()
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    verified, _ = device(page)
    enter(page, at, "ana")
    page.goto(f"{at}/account")
    page.fill("#passkey-password", PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_selector(".cards details")
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in?next=/inbox")
    verified(False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_timeout(500)
    assert "/sign-in" in page.url and "vado-session" not in {c["name"] for c in page.context.cookies(at)}
    verified(True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{at}/inbox")
    with x.store.begin() as tx:
        ana = tx.accounts.named("ana")
        assert ana
        (passkey,) = tx.accounts.passkeys(ana.id)
        assert passkey.used and passkey.count >= 1
        tx.accounts.remove_passkey(passkey.id)
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("[role=alert]:visible")
    assert "AC-021" in page.inner_text("[data-passkeys] [role=alert]")


@pytest.mark.parametrize(("language", "size"), [("en", NARROW), ("es", WIDE)])
def test_an_administrator_adds_somebody_who_comes_in_by_the_code_without_a_script(
    at: str, opened: Callable[..., Any], language: str, size: dict[str, int]
) -> None:
    boss, luis, say = (*(opened(viewport=size, java_script_enabled=False) for _ in range(2)), WORDS[language])
    for page in (boss, luis):
        page.goto(f"{at}/language/{language}")
    enter(boss, at, "boss")
    boss.goto(f"{at}/accounts/new")
    boss.fill("#name", "luis")
    boss.select_option("#partner", "hospital")
    boss.get_by_role("button", name=say["add"]).click()
    code = boss.inner_text(".secret code")
    for path in ("/accounts", "/accounts/new", "/accounts/place", "/account"):
        boss.goto(f"{at}{path}")
        assert fits(boss, size["width"]), path
    luis.goto(f"{at}/sign-in")
    luis.click("a[href='/sign-in/code']")
    luis.wait_for_selector("#code")
    assert fits(luis, size["width"])
    luis.fill("#code", code)
    luis.fill("#password", "seven green lamps whistle")
    luis.locator("main").get_by_role("button", name=say["go"]).click()
    luis.wait_for_url(re.compile("/account$"))
    luis.goto(f"{at}/accounts")
    assert "AC-001" in luis.inner_text("main")


def test_going_back_after_signing_out_shows_nothing(at: str, opened: Callable[..., Any]) -> None:
    page = opened()
    enter(page, at, "ana")
    page.fill("#words", "prado")
    page.keyboard.press("Enter")
    page.click(".persons a")
    assert "Prado" in page.inner_text("h1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.go_back()
    page.wait_for_load_state()
    assert "/sign-in" in page.url and "Prado" not in page.content()
    with contextlib.suppress(Exception):  # what a form was answered with is kept nowhere: the browser says that it has it no more
        page.go_back()
    page.wait_for_timeout(300)
    assert "Prado" not in page.content()
