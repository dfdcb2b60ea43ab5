"""Every route against every role, and against other people's ids: what is not said to be permitted is not, and nothing tells whose it is."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from vado.exchange import accounts, consents, consult, deliveries
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.exchange.write import record_for
from vado.model.account import Account, ConsentKind, Role
from vado.model.delivery import DeliveryState, made_for, sending_at
from vado.model.original import OriginalId, PartnerId, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.record import Viewer
from vado.record.permit import MAY, OWN
from vado.web.access import ANYBODY, PERMISSIONS, Door
from vado.web.app import ROUTES, build

HERE = "https://testserver"
ME = Viewer("me")
HEMOGLOBIN, HBA1C, HIV = "718-7^Hemoglobin^LN", "4548-4^HbA1c^LN", "75622-1^HIV^LN"
INES = "9^^^INS^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
PASSWORD = "correct horse battery"
ROLES = [r for r in Role if r is not Role.MACHINE]
SECRETS = ("Prado", "Zeller", "1951-07-04", "600111222", "HbA1c")


def message(control: str, patient: str, code: str, value: str, partner: str) -> Any:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5"
    text = f"{head}\rPID|1||{patient}\rOBR|1|||{code}|||20260102\rOBX|1|NM|{code}||{value}|%||N|||F|||20260102"
    return arrival(text, partner=partner)


@dataclass
class Place:
    x: Exchange
    ines: str  # told by hospital and insurer
    zeller: str  # told by insurer alone

    def account(self, role: Role) -> Account:
        with self.x.store.begin() as tx:
            found = tx.accounts.named(role.value)
        assert found
        return found

    def viewer(self, role: Role) -> Viewer:
        return accounts.as_viewer(self.account(role), "en")

    def client(self, role: Role) -> TestClient:
        browser = TestClient(
            build(self.x, hosts=("testserver",)), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False
        )
        if role is Role.CLIENT:
            browser.headers["Authorization"] = f"Bearer {accounts.token(self.x, role.value, 1, (), ME)}"
        elif role is not Role.NOBODY:
            browser.cookies.set("__Host-vado", accounts.let_in(self.x, self.account(role)), domain="testserver.local")
        return browser

    def facts(self, person: str) -> list[str]:
        record = consult.show_record(self.x, person, ME)
        return [line.shown.id for line in record.lines] + [p.id for p in record.person.patients]

    def originals(self, partner: str) -> list[str]:
        return [f"/original/{partner}/{r.original.id}" for r in consult.inbox(self.x, ME) if r.original.partner == partner]


@pytest.fixture
def place() -> Place:
    x = plain_exchange()
    arrivals = [
        message(
            "1",
            "1001^^^HOSP^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222",
            HEMOGLOBIN,
            "13",
            "hospital",
        ),
        message(
            "2", "9^^^INS^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222", HBA1C, "6.2", "insurer"
        ),
        message("3", "5^^^INS^MR||Zeller^Otto||19600101|M", HIV, "1", "insurer"),
    ]
    list(receive(x, arrivals))
    (ines,), (zeller,) = (consult.find_persons(x, words, ME) for words in ("prado vega", "zeller"))
    hospital = PartnerId("hospital")
    for role in ROLES:
        if role is not Role.NOBODY:
            partner = hospital if role in {Role.PRACTITIONER, Role.CLIENT} else PartnerId("")
            patient = consents.founder(x, ines.id) if role is Role.CITIZEN else ""
            scopes = ("system/*.cruds",) if role is Role.CLIENT else ()
            accounts.add(x, Account("", role.value, role, partner, patient, scopes=scopes), ME)
    return Place(x, ines.id, zeller.id)


# every route, every role

COLUMNS = (Role.PRACTITIONER, Role.MANAGER, Role.CITIZEN, Role.CARER, Role.CLIENT, Role.OPERATOR, Role.ADMINISTRATOR, Role.NOBODY)


def table() -> dict[str, dict[Role, bool]]:
    """Whom each route lets through, as who_may.txt says it."""
    head, *rows = [line.split() for line in (Path(__file__).parent / "who_may.txt").read_text().splitlines() if line]
    assert head == ["route", *(r.value for r in COLUMNS)]
    assert len({row[0] for row in rows}) == len(rows), "a route stands twice"
    return {name: dict(zip(COLUMNS, (cell == "yes" for cell in cells), strict=True)) for name, *cells in rows}


def addresses(place: Place, person: str) -> list[tuple[str, str, str]]:
    """Every way of every route, made from the routes themselves, with ids of this person: (name, method, path); what ends things last."""
    mine = person == place.ines
    fact, patient = place.facts(person)[0], consents.founder(place.x, person)
    partner, number = ("hospital", 0) if mine else ("insurer", 1)
    original = place.originals(partner)[number].rpartition("/")[2]
    ids = {"fact": fact, "fhir": patient, "original": original, "accounts": place.account(Role.MANAGER).id}
    values = {
        "partner": partner, "kind": "Patient", "page": "1", "version": "1", "other": "Observation", "name": "x", "language": "es",
        "person": person, "patient": patient,
    }  # fmt: skip
    found = []
    for route in ROUTES:
        first = route.path.split("/")[1]
        own = {**values, "id": person if route.name == "fhir-person" else ids.get(first, person)}
        own |= {"static": {"name": "vado.css"}}.get(first, {}) | ({"id": original} if route.name == "fhir-binary" else {})
        path = re.sub(r"{(\w+)(:\w+)?}", lambda m, own=own: own.get(m[1], "x"), route.path)
        found += [(route.name, method, path) for method in sorted(route.methods or ()) if method != "HEAD"]
    last = {"sign-out": 3, "sessions-end": 2}
    return sorted(found, key=lambda way: (last.get(way[0], 0), way[1] == "DELETE", way[1] != "GET"))


def is_shut(answer: Any, path: str) -> bool:
    """Say whether the guard turned somebody away, by role; whose record it is comes later."""
    if answer.status_code == 401 and ("AC-010" in answer.text or path.startswith("/fhir")):
        return True
    led = answer.headers.get("location", "")
    if answer.status_code == 303 and (led.startswith("/sign-in?") or led == "/sign-in") and path != "/sign-out":
        return True
    return (answer.status_code == 403 and "AC-001" in answer.text) or (path == "/" and led == "/mine")


def test_every_route_stands_in_the_table() -> None:
    names = {route.name for route in ROUTES}
    assert names == set(PERMISSIONS)
    assert names == set(table()), "say in who_may.txt whom a new route lets through"
    known = {permission for some in MAY.values() for permission in some} | OWN | {ANYBODY}
    assert set(PERMISSIONS.values()) <= known, "a permission that nobody has"


@pytest.mark.parametrize("role", COLUMNS)
@pytest.mark.parametrize("whose", ["ines", "zeller"])
def test_every_route_is_as_open_to_every_role_as_the_table_says(place: Place, role: Role, whose: str) -> None:
    person, says, browser = getattr(place, whose), table(), place.client(role)
    cookies = dict(browser.cookies)
    wrong = []
    for name, method, path in addresses(place, person):
        browser.cookies.clear()
        for cookie, secret in cookies.items():
            browser.cookies.set(cookie, secret, domain="testserver.local")
        answer = browser.request(method, path)
        open_ = not is_shut(answer, path)
        if open_ is not says[name][role] and (open_ or whose == "ines"):  # another person's is shut where it is not theirs to see
            wrong.append((name, method, path, answer.status_code))
        assert says[name][role] or not [s for s in SECRETS if s in answer.text], path
        if whose == "zeller" and not (role is Role.PRACTITIONER and name in LOOKS_UP):
            assert not [s for s in ("Zeller", "1960-01-01", "HIV") if s in answer.text], (
                f"{role} reads of another person at {path}"
            )
    assert not wrong, wrong


LOOKS_UP = {
    "person",
    "fhir-read",
    "fhir-search",
    "fhir-history",
    "fhir-person",
    "fhir-person-search",
}  # who somebody is, to find whom one treats


def test_a_session_that_is_over_is_nobody_at_every_route(place: Place) -> None:
    nobody, over = place.client(Role.NOBODY), place.client(Role.PRACTITIONER)
    late = replace(place.x, clock=lambda: place.x.clock() + timedelta(minutes=31))
    over.app.state.exchange = late  # type: ignore[attr-defined]
    secret = over.cookies["__Host-vado"]
    for name, method, path in addresses(place, place.ines):
        over.cookies.set("__Host-vado", secret, domain="testserver.local")
        one, other = nobody.request(method, path), over.request(method, path)
        assert (one.status_code, one.headers.get("location")) == (other.status_code, other.headers.get("location")), name
        assert not [s for s in SECRETS if s in other.text], path


def test_what_each_role_sees_of_records(place: Place) -> None:
    sees = {role: place.client(role).get(f"/person/{place.ines}").status_code for role in ROLES}
    assert {r for r, status in sees.items() if status == 200} == {Role.PRACTITIONER, Role.CITIZEN, Role.CLIENT}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.OPERATOR, Role.CARER])
def test_no_clinical_detail_for_those_who_only_run_it(place: Place, role: Role) -> None:
    for _, method, path in addresses(place, place.ines):
        answer = place.client(role).request(method, path)
        assert not [s for s in SECRETS if s in answer.text], f"{role} reads {path}"


# other people's ids


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.CARER, Role.CLIENT])
def test_another_persons_id_and_no_ones_are_answered_alike(place: Place, role: Role) -> None:
    client = place.client(role)
    patient, fact = consents.founder(place.x, place.zeller), place.facts(place.zeller)[0]
    original = place.originals("insurer")[1]
    theirs = [
        f"/person/{place.zeller}", f"/person/{place.zeller}?as_of=2026-01-02", f"/fact/{fact}", original, f"{original}/content", f"{original}/page/1.png",
        f"/mine/{place.zeller}", f"/fhir/Patient/{patient}", f"/fhir/Person/{place.zeller}", f"/fact/{fact}/crop.png",
    ]  # fmt: skip
    for path in theirs:
        real = re.findall(r"[\w-]{16,}", path)[-1]
        made_up = client.get(path.replace(real, "f" * len(real)))
        answer = client.get(path)
        assert answer.status_code in ({403, 404} if role is Role.CLIENT else {404}), path
        assert (answer.status_code, answer.text.replace(real, "")) == (
            made_up.status_code,
            made_up.text.replace("f" * len(real), ""),
        ), path
        assert not [s for s in SECRETS if s in answer.text]
    for path in (f"/mine/{place.zeller}/consent", f"/mine/{place.zeller}/carer"):
        if role is Role.CITIZEN:
            form = {"kind": "opt-out", "name": "carer", "until": "2030-01-01"}
            assert client.post(path, data=form).status_code == 404
    with place.x.store.begin() as tx:
        assert not tx.accounts.consents([patient])
        assert not tx.accounts.relations_to([patient])


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.CARER])
def test_a_search_counts_only_what_may_be_seen(place: Place, role: Role) -> None:
    client = place.client(role)
    found = client.get("/fhir/Patient?birthdate=1960-01-01").json()
    nothing = client.get("/fhir/Patient?birthdate=1960-01-02").json()
    assert found["total"] == nothing["total"] == 0
    assert "entry" not in found
    mine = client.get("/fhir/Patient?birthdate=1951-07-04").json()
    assert mine["total"] == (2 if role is Role.CITIZEN else 0)


def test_a_practitioner_opens_others_only_with_a_reason_and_the_person_is_told(place: Place) -> None:
    doctor = place.client(Role.PRACTITIONER)
    closed = doctor.get(f"/person/{place.zeller}")
    assert (closed.status_code, "HIV" in closed.text, "AC-002" in closed.text) == (403, False, True)
    assert doctor.post(f"/person/{place.zeller}/open", data={"reason": "now"}).status_code == 422
    assert doctor.get(f"/fact/{place.facts(place.zeller)[0]}").status_code == 404
    assert doctor.post(f"/person/{place.zeller}/open", data={"reason": "unconscious in the street"}).status_code == 303
    assert "HIV" in doctor.get(f"/person/{place.zeller}").text
    assert doctor.get(f"/fact/{place.facts(place.zeller)[0]}").status_code == 200
    seen = consents.accesses(place.x, place.zeller, ME)
    assert ("practitioner", "break-glass", "unconscious in the street") in {(a.who, a.action, a.reason) for a in seen}
    later = replace(place.x, clock=lambda: place.x.clock() + timedelta(hours=1, minutes=5))
    with pytest.raises(Exception, match="AC-002"):
        consult.show_record(later, place.zeller, place.viewer(Role.PRACTITIONER))


def test_an_operator_opens_an_original_only_with_a_reason(place: Place) -> None:
    operator, original = place.client(Role.OPERATOR), place.originals("insurer")[1]
    page = operator.get(original)
    assert page.status_code == 200
    assert "Zeller" not in page.text and "HIV" not in page.text
    assert operator.get(f"{original}/content").status_code == 403
    assert operator.post(f"{original}/open", data={"reason": "the reader stops here"}).status_code == 303
    assert b"Zeller" in operator.get(f"{original}/content").content
    assert "Zeller" in operator.get(original).text
    assert operator.get(f"{place.originals('insurer')[0]}/content").status_code == 403, "that one was not explained"
    with place.x.store.begin() as tx:
        trail = [(a.action, a.subject) for a in tx.audits(limit=100) if a.who == "operator"]
    subject = original.removeprefix("/original/")
    assert {("open-original", subject), ("read", subject), ("read-state", subject)} <= set(trail)


# what a person hides


def hide(place: Place, **what: str) -> None:
    consents.give(place.x, place.ines, consents.said(ConsentKind.HIDE, **what), ME)


def test_a_hidden_source_is_shown_as_hidden_and_never_named(place: Place) -> None:
    doctor = place.client(Role.PRACTITIONER)
    assert "HbA1c" in doctor.get(f"/person/{place.ines}").text
    hidden_fact = next(
        f for f in place.facts(place.ines) if f not in {i for i in place.facts(place.zeller)} and "insurer" in owner(place, f)
    )
    hide(place, partner="insurer")
    page = doctor.get(f"/person/{place.ines}").text
    assert "HbA1c" not in page and "insurer" not in page and "Hemoglobin" in page
    assert "keeps something from you" in page
    found = doctor.post("/", data={"words": "prado vega"}).text
    assert place.ines in found and "insurer" not in found
    assert doctor.get(f"/fact/{hidden_fact}").status_code == 404
    assert doctor.get(place.originals("insurer")[0]).status_code == 403
    assert doctor.get("/fhir/Patient?birthdate=1951-07-04").json()["total"] == 1
    client = place.client(Role.CLIENT)
    assert client.get("/fhir/Patient?birthdate=1951-07-04").json()["total"] == 1
    assert "keeps something" not in client.get(f"/person/{place.ines}").text, "a program is told nothing"
    citizen = place.client(Role.CITIZEN)
    assert "HbA1c" in citizen.get(f"/person/{place.ines}").text
    doctor.post(f"/person/{place.ines}/open", data={"reason": "unconscious, bleeding"})
    assert "HbA1c" in doctor.get(f"/person/{place.ines}").text


def owner(place: Place, fact: str) -> str:
    return consult.trace(place.x, fact, ME).fact.evidence.partner


def test_hiding_a_mail_or_a_zip_hides_what_was_unpacked_from_it(place: Place) -> None:
    inner = BytesIO()
    with ZipFile(inner, "w") as archive:
        archive.writestr("result.hl7", message("8", INES, "2085-9^HDL^LN", "61", "insurer").content)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "a@x.example", "b@x.example", "results", "<1@x.example>"
    mail.set_content("Attached.")
    mail.add_attachment(inner.getvalue(), maintype="application", subtype="zip", filename="r.zip")
    list(receive(place.x, [arrival(mail.as_bytes(), partner="insurer")]))
    top = original_id(mail.as_bytes())
    doctor, program = place.client(Role.PRACTITIONER), place.client(Role.CLIENT)

    def seen() -> list[bool]:
        page = doctor.get(f"/person/{place.ines}").text
        mine = place.client(Role.CITIZEN).get(f"/person/{place.ines}").text
        asked = f"/fhir/Observation?patient=Patient/{consents.founder(place.x, place.ines)}"
        found = program.get(asked).text + program.get(f"/fhir/Patient/{consents.founder(place.x, place.ines)}/$everything").text
        wish = Wish(PartnerId("hospital"), "summary", "ips", "out")
        going = {line.shown.resource.get("code", {}).get("text", "") for line in record_for(place.x, wish, place.ines).lines}
        return ["HDL" in page, "HDL" in found, bool([c for c in going if "HDL" in c]), "HDL" in mine]

    assert seen() == [True] * 4
    made = consents.give(place.x, place.ines, consents.said(ConsentKind.HIDE, original=top), ME)
    assert seen() == [False, False, False, True], "the person sees it still"
    inside = [r.original.id for r in consult.inbox(place.x, ME) if r.original.parent]
    assert len(inside) == 2
    assert {doctor.get(f"/original/insurer/{id_}").status_code for id_ in (top, *inside)} == {403}
    consents.withdraw(place.x, place.ines, made.id, ME)
    assert seen() == [True] * 4


def test_a_citizen_hides_an_entry_on_the_page_and_takes_it_back(place: Place) -> None:
    citizen, doctor = place.client(Role.CITIZEN), place.client(Role.PRACTITIONER)
    page = citizen.get(f"/person/{place.ines}").text
    assert re.findall(r'name="fact" value="([\w-]+)"', page)
    (document,) = {
        o for o in re.findall(r'name="original" value="(\w+)"', page) if f"/original/insurer/{o}" in place.originals("insurer")
    }
    assert citizen.post(f"/mine/{place.ines}/consent", data={"kind": "hide", "original": document}).status_code == 303
    assert "HbA1c" not in doctor.get(f"/person/{place.ines}").text
    own = citizen.get(f"/mine/{place.ines}").text
    (taken,) = re.findall(r'action="(/mine/[\w-]+/withdraw/[\w-]+)"', own)
    assert citizen.post(taken).status_code == 303
    assert "HbA1c" in doctor.get(f"/person/{place.ines}").text


def test_opting_out_leaves_each_organisation_its_own(place: Place) -> None:
    consents.give(place.x, place.ines, consents.said(ConsentKind.OPT_OUT), ME)
    page = place.client(Role.PRACTITIONER).get(f"/person/{place.ines}").text
    assert "Hemoglobin" in page and "HbA1c" not in page
    consents.give(place.x, place.zeller, consents.said(ConsentKind.OPT_OUT), ME)
    found = place.client(Role.PRACTITIONER).post("/", data={"words": "zeller"}).text
    assert place.zeller in found and "insurer" not in found, "still found, so that the glass can be broken"


def test_a_consent_outlives_a_split(place: Place) -> None:
    from vado.exchange import review

    hide(place, partner="insurer")
    record = consult.show_record(place.x, place.ines, ME)
    (theirs,) = [p.id for p in record.person.patients if p.evidence.partner == "insurer"]
    alone = review.unlink(place.x, theirs, ME)
    consents.declare(place.x, alone, "practitioner", None, ME)
    assert "HbA1c" not in place.client(Role.PRACTITIONER).get(f"/person/{alone}").text


def test_sharing_lets_a_partner_in_who_does_not_know_the_person(place: Place) -> None:
    consents.give(place.x, place.zeller, consents.said(ConsentKind.SHARE, partner="hospital"), ME)
    assert "HIV" in place.client(Role.PRACTITIONER).get(f"/person/{place.zeller}").text


def test_a_carer_acts_until_the_day_and_grants_nothing_further(place: Place) -> None:
    carer = place.client(Role.CARER)
    citizen = place.client(Role.CITIZEN)
    assert citizen.post(f"/mine/{place.ines}/carer", data={"name": "carer", "until": "2026-02-01"}).status_code == 303
    hide(place, partner="insurer")
    page = carer.get(f"/person/{place.ines}").text
    assert "Hemoglobin" in page and "HbA1c" not in page and "keeps something" not in page
    assert carer.get(f"/mine/{place.ines}").status_code == 200
    assert carer.post(f"/mine/{place.ines}/carer", data={"name": "carer", "until": "2030-01-01"}).status_code == 403
    assert carer.post(f"/mine/{place.ines}/consent", data={"kind": "opt-out"}).status_code == 403
    assert place.client(Role.CARER).get(f"/person/{place.zeller}").status_code == 404
    late = replace(place.x, clock=lambda: place.x.clock() + timedelta(days=60))
    with pytest.raises(Exception, match="RE-001"):
        consult.show_record(late, place.ines, place.viewer(Role.CARER))
    assert (
        citizen.post(re.findall(r'action="(/mine/[\w-]+/end/[\w-]+)"', citizen.get(f"/mine/{place.ines}").text)[0]).status_code
        == 303
    )
    assert place.client(Role.CARER).get(f"/person/{place.ines}").status_code == 404


def test_neighbours_of_a_row_are_not_shown_to_whom_the_list_is_not_about() -> None:
    x = plain_exchange()
    rows = "Number;Surname;First name;Date of birth\n" + "".join(f"{n};Mora{c};Ana;198{n}-02-03\n" for n, c in enumerate("abcde"))
    list(receive(x, [arrival(rows, "people.csv", partner="council")]))
    (person,) = consult.find_persons(x, "morac", ME)
    account = accounts.add(x, Account("", "her", Role.CITIZEN, patient=person.patients[0].id), ME)
    viewer = accounts.as_viewer(account, "en")
    assert len(consult.trace(x, person.patients[0].id, ME).items) > 3
    (only,) = consult.trace(x, person.patients[0].id, viewer).items
    assert "Morac" in only.value
    row = consult.inbox(x, ME)[0].original
    with pytest.raises(Exception, match="RE-003"):
        consult.content(x, row.partner, row.id, viewer)


# signing in


@pytest.fixture
def door(place: Place) -> Callable[..., TestClient]:
    accounts.set_password(place.x, "practitioner", PASSWORD, ME)
    app = build(place.x, hosts=("testserver",))

    def opened(**headers: str) -> TestClient:
        return TestClient(app, base_url=HERE, headers={"Origin": HERE, **headers}, follow_redirects=False)

    return opened


def enter(client: TestClient, password: str = PASSWORD, name: str = "practitioner", back: str = "/inbox") -> Any:
    return client.post("/sign-in", data={"name": name, "password": password, "next": back})


def test_one_signs_in_comes_back_and_signs_out(door: Callable[..., TestClient]) -> None:
    client = door()
    led = client.get("/inbox")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=/inbox")
    assert 'value="/inbox"' in client.get(led.headers["location"]).text
    entered = enter(client)
    assert (entered.status_code, entered.headers["location"]) == (303, "/inbox")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("__Host-vado=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert client.get("/inbox").status_code == 200
    secret = client.cookies["__Host-vado"]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    again = door()
    again.cookies.set("__Host-vado", secret)
    assert again.get("/inbox").status_code == 303, "the old secret is good for nothing"


def test_the_link_of_a_summary_leads_through_sign_in_and_says_that_it_was_opened(
    door: Callable[..., TestClient], place: Place
) -> None:
    at, client = place.x.clock(), door()
    wish = Wish(PartnerId("hospital"), "summary", "pdf", "mail")
    made = made_for(wish, place.ines, Outgoing(b"", ""), 0, content=OriginalId(""), digest="", others="", at=at)
    with place.x.store.begin() as tx:
        tx.outbox.add(replace(made, state=DeliveryState.SENT))
    page = f"/person/{place.ines}?sending={sending_at(wish.partner, wish.name, at)}"
    led = client.get(page + "&other=Zeller")
    assert led.headers["location"] == f"/sign-in?next={quote(page)}"
    assert f'value="{page}"' in client.get(led.headers["location"]).text
    assert enter(client, back=page).headers["location"] == page
    assert (client.get(f"/person/{place.ines}").status_code, deliveries.show(place.x, made.id, ME).opened) == (200, None)
    assert client.get(page).status_code == 200 and deliveries.show(place.x, made.id, ME).opened
    assert place.client(Role.CITIZEN).get("/deliveries").status_code == 403


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y"]
)
def test_nobody_is_sent_to_another_site(door: Callable[..., TestClient], back: str) -> None:
    assert enter(door(), back=back).headers["location"] == "/"


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(door: Callable[..., TestClient]) -> None:
    one, other = enter(door(), "wrong wrong wrong"), enter(door(), "wrong wrong wrong", "nobody")
    assert (one.status_code, one.text) == (other.status_code, other.text)
    assert one.status_code == 401
    assert "AC-004" in one.text and "wrong wrong" not in one.text


def test_guessing_is_slowed_down(door: Callable[..., TestClient], place: Place) -> None:
    answers = [enter(door(), f"guess number {n}") for n in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert enter(door()).status_code == 429, "the right one as well, until the time is over"
    assert enter(door(), name="operator").status_code == 401, "others are not kept out"
    later = replace(place.x, clock=lambda: place.x.clock() + timedelta(minutes=20))
    assert accounts.sign_in(later, "practitioner", PASSWORD, "testclient")


def test_a_session_cannot_be_planted(door: Callable[..., TestClient], place: Place) -> None:
    client = door()
    client.cookies.set("__Host-vado", "planted", domain="testserver.local")
    enter(client)
    planted = door()
    planted.cookies.set("__Host-vado", "planted")
    assert planted.get("/inbox").status_code == 303
    first, second = (enter(door()).headers["set-cookie"] for _ in range(2))
    assert first.partition(";")[0] != second.partition(";")[0]


def test_a_session_ends_when_idle_and_when_the_account_changes(place: Place) -> None:
    secret = accounts.let_in(place.x, place.account(Role.PRACTITIONER))
    assert accounts.whose(place.x, secret, "page")
    assert not accounts.whose(place.x, secret, "api"), "a cookie's secret is no token"
    idle = replace(place.x, clock=lambda: place.x.clock() + timedelta(minutes=31))
    assert not accounts.whose(idle, secret, "page")
    secret = accounts.let_in(place.x, place.account(Role.PRACTITIONER))
    accounts.change(place.x, "practitioner", ME, disabled=True)
    assert not accounts.whose(place.x, secret, "page")


def test_no_secret_is_in_the_store(door: Callable[..., TestClient], place: Place) -> None:
    client = door()
    enter(client)
    token = accounts.token(place.x, "client", 1, (), ME)
    kept = repr(vars(place.x.store.store))
    for secret in (PASSWORD, client.cookies["__Host-vado"], token):
        assert secret not in kept


def test_a_form_of_another_site_changes_nothing(door: Callable[..., TestClient]) -> None:
    client = door()
    enter(client)
    for headers in (
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    ):  # fmt: skip
        assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/inbox").status_code == 200


def test_a_program_without_origin_needs_a_token_not_a_cookie(place: Place) -> None:
    silent = TestClient(build(place.x, hosts=("testserver",)), base_url=HERE)
    silent.cookies.set("__Host-vado", accounts.let_in(place.x, place.account(Role.PRACTITIONER)))
    assert silent.post("/fhir/Patient/$match", json={}).status_code == 403
    token = accounts.token(place.x, "client", 1, (), ME)
    program = TestClient(build(place.x, hosts=("testserver",)), base_url=HERE, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/fhir/Patient?birthdate=1951-07-04").json()["total"] == 2
    wrong = program.get("/fhir/Patient?birthdate=1951-07-04", headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["www-authenticate"], wrong.json()["issue"][0]["code"]) == (401, "Bearer", "login")


def test_a_token_permits_no_more_than_its_scopes(place: Place) -> None:
    for scope, status in (
        ("system/Observation.rs", 403),
        ("system/Patient.r", 403),
        ("system/Patient.s", 200),
        ("system/*.read", 200),
        ("system/Patient.rs?x=y", 403),
    ):
        token = accounts.token(place.x, "client", 1, (scope,), ME)
        program = TestClient(build(place.x, hosts=("testserver",)), base_url=HERE, headers={"Authorization": f"Bearer {token}"})
        assert program.get("/fhir/Patient?birthdate=1951-07-04").status_code == status, scope


def test_an_invented_account_is_taken_only_where_the_demonstration_says_so(place: Place) -> None:
    shut = place.client(Role.NOBODY)
    assert shut.post("/sign-in/as/citizen").status_code == 404
    open_ = TestClient(
        build(place.x, hosts=("testserver",), door=Door(invented=("citizen",))),
        base_url=HERE,
        headers={"Origin": HERE},
        follow_redirects=False,
    )
    assert "Sign in as citizen" in open_.get("/sign-in").text
    assert open_.post("/sign-in/as/administrator").status_code == 404
    assert open_.post("/sign-in/as/citizen").status_code == 303
    assert open_.get(f"/person/{place.ines}").status_code == 200


def test_a_long_form_is_refused(door: Callable[..., TestClient]) -> None:
    assert enter(door(), "x" * 30_000).status_code == 413


def test_only_the_door_makes_viewers() -> None:
    web = Path(build.__code__.co_filename).parent
    for path in web.rglob("*.py"):
        made = [
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Viewer"
        ]
        assert not made or path.name == "access.py", (
            f"{path.name} makes a viewer by itself: who asks is known by access.viewer alone"
        )
