"""The administrator's pages and one's own: what they show and change, without a script."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from soon import soon
from vado.exchange import accounts, consents, consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.settings.settings import Settings
from vado.web.app import build
from vado.web.pages.accounts.place import Verified

ME, HERE = Viewer("me"), "https://testserver"
PASSWORD, OTHER = "correct horse battery", "seven green lamps whistle"
SECRETS = ("Prado", "Inés", "1951-07-04", "600111222")


@pytest.fixture
def x() -> Exchange:
    profile = PartnerProfile(PartnerId("hospital"), "Hospital del Vado")
    made = plain_exchange(profiles={profile.id: profile})
    told = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|1|P|2.5\rPID|1||1001^^^HOSP^MR||Prado Vega^Inés||19510704|F|||||600111222\r"
    list(receive(made, [arrival(told)]))
    (person,) = consult.find_persons(made, "prado", ME)
    accounts.add(made, Account("", "boss", Role.ADMINISTRATOR), ME)
    accounts.add(made, Account("", "ines", Role.CITIZEN, patient=consents.founder(made, person.id)), ME)
    accounts.add(made, Account("", "tom", Role.CARER), ME)
    consents.appoint(made, person.id, "tom", made.clock().replace(year=2030), ME)
    return made


def browser(x: Exchange, **more: Any) -> TestClient:
    return TestClient(build(x, hosts=("testserver",), **more), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def as_(x: Exchange, client: TestClient, name: str) -> TestClient:
    made = TestClient(client.app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)
    made.cookies.set("__Host-vado", accounts.let_in(x, accounts.named(x, name, ME)), domain="testserver.local")
    return made


@pytest.fixture
def boss(x: Exchange) -> TestClient:
    return as_(x, browser(x), "boss")


def id_of(x: Exchange, name: str) -> str:
    return accounts.named(x, name, ME).id


def code_in(text: str) -> str:
    return re.findall(r"<code>((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})</code>", text)[0]


def test_an_account_is_made_and_its_person_comes_in_by_the_code(x: Exchange, boss: TestClient) -> None:
    made = boss.post("/accounts/new", data={"name": "ana", "role": "practitioner", "partner": "hospital"})
    assert made.status_code == 200
    code = code_in(made.text)
    assert code not in boss.get(f"/accounts/{id_of(x, 'ana')}").text, "shown once"
    ana = browser(x)
    assert "AC-022" in ana.post("/sign-in/code", data={"code": code, "password": "aaaaaaaaaaaaa"}).text
    entered = ana.post("/sign-in/code", data={"code": code, "password": OTHER})
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")
    assert "by a one-use code" in ana.get("/account").text
    assert browser(x).post("/sign-in", data={"name": "ana", "password": OTHER}).status_code == 303
    assert browser(x).post("/sign-in/code", data={"code": code, "password": OTHER}).status_code == 401
    assert "never" not in re.findall(r"<tr>.*?>ana<.*?</tr>", boss.get("/accounts").text)[0], "when she came is shown"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": "tom", "role": "carer"}, "AC-008"),
        ({"name": "", "role": "carer"}, "AC-014"),
        ({"name": "ana", "role": "practitioner"}, "AC-014"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(boss: TestClient, form: dict[str, str], code: str) -> None:
    answer = boss.post("/accounts/new", data=form)
    assert answer.status_code >= 400 and code in answer.text
    assert f'value="{form["name"]}"' in answer.text


def test_roles_are_changed_accounts_shut_and_opened_at_once(x: Exchange, boss: TestClient) -> None:
    tom, path = as_(x, boss, "tom"), f"/accounts/{id_of(x, 'tom')}"
    assert tom.get("/account").status_code == 200
    assert boss.post(path, data={"do": "disable"}).status_code == 303
    assert tom.get("/account").status_code == 303, "not five seconds later"
    assert "shut" in boss.get(path).text
    boss.post(path, data={"do": "enable"})
    boss.post(path, data={"do": "role", "role": "manager", "partner": ""})
    assert accounts.named(x, "tom", ME).role is Role.MANAGER
    assert boss.post(path, data={"do": "role", "role": "machine"}).status_code == 422
    assert boss.post(path, data={"do": "role", "role": "practitioner", "partner": "nobody"}).status_code >= 400
    assert boss.post(path, data={"do": "nonsense"}).status_code == 303
    assert boss.get("/accounts/a-0000").status_code == 404


def test_a_program_gets_keys_scopes_and_tokens_that_are_shown_once(x: Exchange, boss: TestClient) -> None:
    boss.post("/accounts/new", data={"name": "sync", "role": "client", "partner": "hospital", "scopes": "system/Patient.rs"})
    path = f"/accounts/{id_of(x, 'sync')}"
    made = boss.post(path, data={"do": "token", "days": "30", "scopes": "system/Patient.rs"})
    token = next(t for t in re.findall(r"<code>([\w-]{40,})</code>", made.text))
    program = TestClient(boss.app, base_url=HERE, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/fhir/Patient?family=prado").status_code == 200
    shown = boss.get(path).text
    assert token not in shown and "system/Patient.rs" in shown
    (end,) = re.findall(rf'action="({path}/tokens/\w+/end)"', shown)
    assert boss.post(end).status_code == 303
    assert program.get("/fhir/Patient?family=prado").status_code == 401, "at once"
    for keys, good in (
        ('{"keys": [{"kty": "EC", "d": "x"}]}', False),
        ("no", False),
        ('{"keys": [{"kty": "EC", "x": "1"}]}', True),
    ):
        assert (boss.post(path, data={"do": "keys", "keys": keys}).status_code == 303) is good
    assert "AC-026" in boss.post(path, data={"do": "reset"}).text


def test_long_lists_come_in_pages_and_are_found_by_name(x: Exchange, boss: TestClient) -> None:
    for n in range(60):
        accounts.add(x, Account("", f"nurse{n:02}", Role.MANAGER), ME)
    first = boss.get("/accounts?begins=nurse").text
    assert "nurse00" in first and "nurse49" in first and "nurse50" not in first and ">tom<" not in first
    (further,) = re.findall(r'href="(/accounts\?after=[^"]+)"', first)
    second = boss.get(further.replace("&amp;", "&")).text
    assert "nurse50" in second and "nurse59" in second and "Further accounts" not in second
    assert "No account has a name" in boss.get("/accounts?begins=zz").text


def test_no_page_of_the_administrator_says_anything_of_a_person(x: Exchange, boss: TestClient) -> None:
    (person,) = consult.find_persons(x, "prado", ME)
    paths = [
        "/accounts",
        "/accounts/new",
        "/accounts/place",
        "/account",
        *(f"/accounts/{id_of(x, n)}" for n in ("ines", "tom", "boss")),
    ]
    for path in paths:
        text = boss.get(path).text
        assert not [s for s in (*SECRETS, person.id, person.patients[0].id) if s in text], path
    assert "acts for somebody" in boss.get(f"/accounts/{id_of(x, 'tom')}").text
    for path in (f"/person/{person.id}", f"/fhir/Patient/{person.patients[0].id}", "/me/looks", "/"):
        answer = boss.get(path)
        assert answer.status_code in {303, 403} and not [s for s in SECRETS if s in answer.text], path


def test_settings_are_shown_without_the_databases_password(x: Exchange, tmp_path: Path) -> None:
    settings = Settings(tmp_path, database="postgresql://vado:s3cret@db/vado", session_minutes=20)
    text = as_(x, browser(x, settings=settings), "boss").get("/accounts/place").text
    assert "s3cret" not in text and "@db/vado" in text
    assert re.search(r"session_minutes</code></th><td>20 <span class=\"chip\">set here", text)


def test_the_trail_is_looked_through_and_an_altered_row_is_told(x: Exchange, tmp_path: Path) -> None:
    verified = Verified()

    def look() -> Any:
        thread = verified.begin(x, tmp_path / "none")
        assert thread
        thread.join(10)
        return verified.told

    good = look()
    assert good.ended and good.rows > 3 and good.fault is None
    trail: Any = x.store.store.trail  # type: ignore[attr-defined]
    first, second, *others = trail.kept
    trail.kept = (first, replace(second, event=replace(second.event, who="x")), *others)
    bad = look()
    assert bad.fault and bad.fault.code == "AC-006"


def test_the_trail_page_says_what_came_of_it(x: Exchange, boss: TestClient) -> None:
    assert "It was not looked through" in boss.get("/accounts/place").text
    assert boss.post("/accounts/place").status_code == 303
    assert soon(lambda: "as it was written" in boss.get("/accounts/place").text)


def test_ones_own_page_signs_out_elsewhere_and_changes_the_password(x: Exchange) -> None:
    accounts.set_password(x, "tom", PASSWORD, ME)
    here, there = browser(x), browser(x)
    for client in (here, there):
        client.post(
            "/sign-in", data={"name": "tom", "password": PASSWORD}, headers={"User-Agent": "Mozilla (X11; Linux) Firefox/130"}
        )
    text = here.get("/account").text
    assert text.count("Firefox, Linux") >= 2 and text.count("this one") == 1
    (end,) = re.findall(r'action="(/account/sessions/\w+/end)"', text)
    assert here.post(end).status_code == 303
    assert there.get("/account").status_code == 303 and here.get("/account").status_code == 200
    wrong = here.post("/account/password", data={"password": "wrong", "new": OTHER})
    assert wrong.status_code == 422 and "AC-025" in wrong.text
    assert (
        here.post("/account/password", data={"password": PASSWORD, "new": OTHER}).headers["location"]
        == "/account?changed=password"
    )
    assert "Your password is changed" in here.get("/account?changed=password").text
