"""Somebody signs in, in a real browser without script; a demonstration is one click; and a served place is shut to others."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plain import arrival, plain_exchange
from soon import soon
from vado.cli.demo import invented_accounts
from vado.cli.main import vado
from vado.cli.serve import run
from vado.errors import SettingsError
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.settings.settings import Settings

ME = Viewer("me")
PASSWORD = "correct horse battery"
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
ADT = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{0}|P|2.5\rPID|1||{1}\r"


@pytest.fixture(scope="module")
def x() -> Exchange:
    exchange = plain_exchange()
    told = [arrival(ADT.format(1, f"1001^^^HOSP^MR||{INES}")), arrival(ADT.format(2, f"9^^^INS^MR||{INES}"), partner="insurer")]
    list(receive(exchange, [*told, arrival(ADT.format(3, "5^^^INS^MR||Zeller^Otto||19600101|M"), partner="insurer")]))
    accounts.add(exchange, Account("", "ana", Role.PRACTITIONER, PartnerId("hospital")), ME)
    accounts.set_password(exchange, "ana", PASSWORD, ME)
    return exchange


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def served(x: Exchange, settings: Settings, **more: Any) -> int:
    port = free_port()
    threading.Thread(target=run, args=(x, settings), kwargs={"port": port, **more}, daemon=True).start()
    assert soon(lambda: answers(port)), "nothing was served"
    return port


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def page_of(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []

    def opened(**more: Any) -> Any:
        contexts.append(browser.new_context(java_script_enabled=False, **more))
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "enter", "leave"), [("en", "Sign in", "Sign out"), ("es", "Entrar", "Salir")])
def test_signing_in_by_keyboard_without_script_on_a_narrow_screen(
    x: Exchange, page_of: Callable[..., Any], tmp_path: Path, language: str, enter: str, leave: str
) -> None:
    port = served(x, Settings(tmp_path, language=language))
    page = page_of(viewport={"width": 320, "height": 640}, locale="fr-FR")  # a language that there is not: the place's holds
    page.goto(f"http://127.0.0.1:{port}/inbox")
    assert page.inner_text("h1") == enter
    assert page.get_attribute("html", "lang") == language
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type("a wrong password")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "AC-004" in page.inner_text("[role=alert]")
    page.fill("#name", "ana")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/inbox$"))
    assert page.context.cookies()[0]["httpOnly"]
    page.goto(f"http://127.0.0.1:{port}/me")
    for path in ("/me", "/", "/sign-in"):
        page.goto(f"http://127.0.0.1:{port}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.get_by_role("button", name=leave).click()
    page.wait_for_url(re.compile("/sign-in$"))
    page.goto(f"http://127.0.0.1:{port}/inbox")
    assert "/sign-in" in page.url


def test_a_demonstration_is_one_click_and_a_closed_record_is_opened_with_a_reason(
    x: Exchange, page_of: Callable[..., Any], tmp_path: Path
) -> None:
    names = invented_accounts(x)
    assert invented_accounts(x) == names, "a second time changes nothing"
    port = served(x, Settings(tmp_path), invented=names)
    page = page_of()
    page.goto(f"http://127.0.0.1:{port}/")
    assert "invented" in page.inner_text("main")
    page.get_by_role("button", name="ana.hospital").click()
    page.wait_for_url(re.compile(f":{port}/$"))
    page.fill("#words", "zeller")
    page.keyboard.press("Enter")
    assert page.locator(".persons a").count() == 0, "there is no way to a record that is closed"
    page.click(".persons summary")
    page.fill(".persons input[name=reason]", "unconscious in the street")
    page.get_by_role("button", name="Open it").click()
    assert page.inner_text("h1") == "Otto Zeller"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in as citizen").click()
    page.wait_for_url(re.compile("/me$"))
    assert "Inés Prado Vega" in page.inner_text("main")
    page.get_by_role("link", name="Sharing").click()
    page.select_option("#source", "insurer")
    page.locator("form", has=page.locator("#source")).get_by_role("button").click()
    page.get_by_role("button", name="Yes, do it").click()
    assert "What insurer tells is hidden" in page.inner_text("main")


def test_beyond_this_machine_only_with_accounts_a_name_and_tls(x: Exchange, tmp_path: Path) -> None:
    import ssl

    import httpx
    import trustme

    authority = trustme.CA()
    made = authority.issue_cert("vado.example")
    certificate, key, root = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    made.cert_chain_pems[0].write_to_path(str(certificate))
    made.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(root))
    tls = {"tls_certificate": str(certificate), "tls_key": str(key)}
    nobody = plain_exchange()
    for exchange, settings in (
        (x, Settings(tmp_path, host="0.0.0.0")),
        (x, Settings(tmp_path, host="0.0.0.0", public_names="vado.example")),
        (x, Settings(tmp_path, host="0.0.0.0", **tls)),
        (nobody, Settings(tmp_path, host="0.0.0.0", public_names="vado.example", **tls)),
        (x, Settings(tmp_path, host="0.0.0.0", public_names="vado.example", trusted_proxy="*")),
    ):
        with pytest.raises(SettingsError, match="CO-002"):
            run(exchange, settings, port=0)
    with pytest.raises(SettingsError, match="CO-002"):
        run(x, Settings(tmp_path, host="0.0.0.0", public_names="vado.example", **tls), port=0, invented=("ana",))
    port = served(x, Settings(tmp_path, host="0.0.0.0", public_names="vado.example", **tls))
    trusted = ssl.create_default_context(cafile=str(root))
    with httpx.Client(verify=trusted, headers={"Host": f"vado.example:{port}"}) as client:
        answer = client.post(
            f"https://127.0.0.1:{port}/sign-in", data={"name": "ana", "password": PASSWORD}, headers={"Origin": f"https://vado.example:{port}"},
            extensions={"sni_hostname": "vado.example"},
        )  # fmt: skip
        assert answer.status_code == 303
        assert "__Host-vado=" in answer.headers["set-cookie"] and "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]
        proxied = served(x, Settings(tmp_path, host="0.0.0.0", public_names="vado.example", trusted_proxy="127.0.0.9"))
        plain = httpx.get(f"http://127.0.0.1:{proxied}/sign-in", headers={"Host": "vado.example", "X-Forwarded-Proto": "https"})
        assert plain.status_code == 403, "without TLS, and not from the proxy"
        foreign = client.get(
            f"https://127.0.0.1:{port}/", headers={"Host": "evil.example"}, extensions={"sni_hostname": "vado.example"}
        )
        assert foreign.status_code == 400


def test_accounts_consents_and_the_trail_at_the_command_line(tmp_path: Path) -> None:
    def vado_(*words: str, says: str = "") -> Any:
        return CliRunner().invoke(vado, ["--place", str(tmp_path / "town"), *words], input=says)

    assert vado_("init", str(tmp_path / "town")).exit_code == 0
    assert vado_("partner", "add", "hospital").exit_code == 0
    (tmp_path / "one.hl7").write_text(ADT.format(1, f"1001^^^HOSP^MR||{INES}"))
    assert vado_("receive", str(tmp_path / "one.hl7")).exit_code == 0
    person = re.findall(r"[0-9a-f]{32}", vado_("person", "find", "prado").output)[0]

    added = vado_("account", "add", "ana", "--role", "practitioner", "--partner", "hospital", says=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    short = vado_("account", "add", "eva", "--role", "manager", says="short\n")
    assert "AC-009" in str(short.exception)
    assert "AC-014" in str(vado_("account", "add", "eva", "--role", "practitioner", says=f"{PASSWORD}\n").exception)
    assert "AC-008" in str(vado_("account", "add", "ana", "--role", "manager", says=f"{PASSWORD}\n").exception)
    assert vado_("account", "add", "ines", "--role", "citizen", "--person", person, says=f"{PASSWORD}\n").exit_code == 0
    assert vado_("account", "add", "tom", "--role", "carer", says=f"{PASSWORD}\n").exit_code == 0
    assert vado_("account", "role", "ana", "operator").exit_code == 0
    assert vado_("account", "disable", "ana").exit_code == 0
    listed = vado_("account", "list").output
    assert "operator" in listed and "disabled" in listed
    assert vado_("account", "password", "ines", says=f"{PASSWORD} two\n").exit_code == 0
    assert len(vado_("account", "token", "tom", "--days", "3").output.strip()) > 40

    assert vado_("consent", "hide", person, "--source", "hospital").exit_code == 0
    assert vado_("consent", "share", person, "--partner", "insurer", "--until", "2030-01-01").exit_code == 0
    assert vado_("consent", "opt-out", person).exit_code == 0
    assert vado_("consent", "carer", person, "tom", "--until", "2030-01-01").exit_code == 0
    mine = vado_("consent", "list", person).output
    assert {"hide", "share", "opt-out", "carer", "tom"} <= set(mine.split())
    for id_ in re.findall(r"\b[cr]-[0-9a-f]{16}", mine):
        assert vado_("consent", "withdraw", person, id_).exit_code == 0
    assert "consent-hide" in vado_("consent", "accesses", person).output

    first = vado_("audit", "verify")
    assert first.exit_code == 0 and "through 0 anchors" in first.output
    assert "add-account" in vado_("audit", "list").output
    assert "through 1 anchors" in vado_("audit", "verify").output
    import sqlite3

    with sqlite3.connect(tmp_path / "town" / "data" / "vado.sqlite") as database:
        database.execute("DELETE FROM audit WHERE seq > 3")
    assert "AC-012" in str(vado_("audit", "verify").exception)
    with sqlite3.connect(tmp_path / "town" / "data" / "vado.sqlite") as database:
        database.execute("UPDATE audit SET who = 'x' WHERE seq = 2")
    assert "AC-006" in str(vado_("audit", "verify").exception)
