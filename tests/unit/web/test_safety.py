"""What OWASP ASVS 4 asks of pages at level 2: headers, cookies, redirects, frames, caches, fields of forms. Each on every page."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from plain import plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.record import Viewer
from vado.web.app import build
from vado.web.forms import way_back

ME, HERE = Viewer("me"), "https://testserver"
PAGES = Path(build.__code__.co_filename).parent / "pages"
PASSWORD = "correct horse battery"
TAKEN_AWAY = {"report/file.html"}  # a file that is saved: what it looks like has to be in it


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    accounts.add(made, Account("", "boss", Role.ADMINISTRATOR), ME)
    accounts.set_password(made, "boss", PASSWORD, ME)
    return made


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, hosts=("testserver",)), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def enter(client: TestClient, **form: str) -> Any:
    return client.post("/sign-in", data={"name": "boss", "password": PASSWORD, **form})


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/account", "/accounts", "/nothing-there", "/fhir/Patient/x", "/fhir/metadata", "/static/vado.css", "/health"],
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_is_safe_in_a_browser(client: TestClient, path: str, signed_in: bool) -> None:
    if signed_in:
        enter(client)
    headers = client.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", (
        "no frame of any site, no other base"
    )
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin", "ids in addresses are told to no other site"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert {"camera=()", "microphone=()", "geolocation=()"} <= {p.strip() for p in headers["permissions-policy"].split(",")}
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert "server" not in headers and "access-control-allow-origin" not in headers
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"
    for name in ("content-security-policy", "cache-control"):
        assert len(headers.get_list(name)) == 1, "said once"


def test_signing_out_clears_what_the_browser_kept(client: TestClient) -> None:
    enter(client)
    out = client.post("/sign-out")
    assert out.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in out.headers["set-cookie"] and "Secure" in out.headers["set-cookie"]
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y", "/\t/evil.example", ""],
)
def test_no_way_back_leads_elsewhere(client: TestClient, back: str) -> None:
    assert way_back(back) == "/"
    assert client.get("/language/es", params={"back": back}).headers["location"] == "/"
    assert enter(client, next=back).headers["location"] == "/"


def test_every_cookie_is_kept_from_scripts_and_from_plain_ways(client: TestClient) -> None:
    answers = [client.get("/language/es"), enter(client), client.post("/sign-in/passkey/ask", json={})]
    cookies = [c for a in answers for c in a.headers.get_list("set-cookie")]
    assert len(cookies) == 3
    for cookie in cookies:
        parts = {part.strip().casefold() for part in cookie.split(";")}
        assert {"httponly", "secure", "path=/"} <= parts and parts & {"samesite=lax", "samesite=strict"}, cookie
    assert sum(c.startswith("__Host-") for c in cookies) == 2, "those that let in come from this very host"


def test_a_session_is_new_at_every_step_up(client: TestClient, x: Exchange) -> None:
    client.cookies.set("__Host-vado", "planted", domain="testserver.local")
    enter(client)
    first = client.cookies["__Host-vado"]
    assert first != "planted"
    changed = client.post("/account/password", data={"password": PASSWORD, "new": "seven green lamps whistle"})
    second = client.cookies["__Host-vado"]
    assert changed.status_code == 303 and second != first
    assert client.get("/account").status_code == 200
    assert not accounts.whose(x, first, "page") and accounts.whose(x, second, "page")


@pytest.mark.parametrize(
    "path",
    [
        "/account/password",
        "/account/sessions/end",
        "/accounts/new",
        "/accounts/place",
        "/account/passkeys/ask",
        "/sign-in/passkey/ask",
    ],
)
def test_no_other_site_changes_anything(client: TestClient, path: str) -> None:
    enter(client)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": HERE, "Sec-Fetch-Site": "cross-site"}):
        assert client.post(path, headers=headers).status_code == 403, headers
    silent = TestClient(client.app, base_url=HERE, cookies=client.cookies)
    assert silent.post(path).status_code == 403, "a browser says where a form comes from"


def test_a_passkey_is_asked_for_the_name_of_the_host_alone(x: Exchange) -> None:
    pages = build(x, hosts=("vado.example", "localhost", "127.0.0.1"))

    def asked(base: str) -> Any:
        return TestClient(pages, base_url=base, headers={"Origin": base}).post("/sign-in/passkey/ask", json={})

    assert asked("https://vado.example").json()["rpId"] == "vado.example"
    assert asked("http://localhost:8642").json()["rpId"] == "localhost"
    assert [asked(base).status_code for base in ("http://vado.example", "http://127.0.0.1:8642")] == [404, 404]
    assert asked("https://evil.example").status_code == 400
    from vado.web.access import Door

    wide = build(x, hosts=("vado.example.org", "localhost"), door=Door(passkey_domain="example.org"))
    one = TestClient(wide, base_url="https://vado.example.org", headers={"Origin": "https://vado.example.org"})
    assert one.post("/sign-in/passkey/ask", json={}).json()["rpId"] == "example.org"
    other = TestClient(wide, base_url="http://localhost", headers={"Origin": "http://localhost"})
    assert other.post("/sign-in/passkey/ask", json={}).status_code == 404, "not of that domain"


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.html")), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_templates_keep_secrets_and_people_out_of_what_a_browser_remembers(path: Path) -> None:
    text = path.read_text("utf-8")
    for field in re.findall(r"<input\b[^>]*>", text):
        if 'type="password"' in field and 'name="key"' not in field:  # a program's key is no person's to be remembered
            assert re.search(r'autocomplete="(current|new)-password"', field), field
        if re.search(r'name="(words|reason|born)"', field):
            assert re.search(r'autocomplete="(off|bday)"', field), f"people are not remembered by a browser: {field}"
    allowed = "" if f"{path.parent.name}/{path.name}" in TAKEN_AWAY else "|<style"
    assert not re.search(rf"\son(?!ly|e=)\w+=|\sstyle=|javascript:{allowed}", text), "no script and no style within a page"
    assert not re.search(r'<form\b[^>]*method="get"[^>]*>(?:(?!</form>).)*name="words"', text, re.S), (
        "what is searched for stands in no address"
    )
