"""Too much in a minute is answered with 429, when to come again, and words; this machine and programs are not counted unless that is set."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from plain import plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.web.access import Door
from vado.web.app import build
from vado.web.pace import Limits, Pace

ME, HERE = Viewer("me"), "https://testserver"
FAR = ("192.0.2.7", 5000)


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    for name in ("ana", "luis"):
        accounts.add(made, Account("", name, Role.PRACTITIONER, PartnerId("hospital")), ME)
    accounts.add(made, Account("", "sync", Role.CLIENT, PartnerId("hospital"), scopes=("system/*.cruds",)), ME)
    return made


def app(x: Exchange, **limits: int) -> Any:
    return build(x, hosts=("testserver",), door=Door(limits=Limits(**limits)))


def client(app: Any, address: tuple[str, int] = FAR) -> TestClient:
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False, client=address)


def signed_in(app: Any, x: Exchange, name: str, address: tuple[str, int] = FAR) -> TestClient:
    made = client(app, address)
    with x.store.begin() as tx:
        account = tx.accounts.named(name)
    assert account
    made.cookies.set("__Host-vado", accounts.let_in(x, account), domain="testserver.local")
    return made


def test_one_address_may_ask_so_much_and_others_are_not_kept_waiting(x: Exchange) -> None:
    pages = app(x, requests=3)
    far = client(pages)
    answers = [far.get("/sign-in") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert "AC-020" in answers[3].text and "Too much was asked" in answers[3].text
    assert client(pages, ("192.0.2.8", 1)).get("/sign-in").status_code == 200
    assert [client(pages, (here, 1)).get("/sign-in").status_code for here in ("127.0.0.1", "::1")] == [200] * 2
    assert {client(pages, ("127.0.0.1", 1)).get("/sign-in").status_code for _ in range(9)} == {200}, "this machine is not counted"


def test_a_network_of_the_newer_kind_counts_as_one(x: Exchange) -> None:
    pages = app(x, requests=1)
    seen = [client(pages, (a, 1)).get("/sign-in").status_code for a in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")]
    assert seen == [200, 429, 200]


def test_over_fhir_it_is_an_operation_outcome(x: Exchange) -> None:
    pages = app(x, searches=1)
    doctor = signed_in(pages, x, "ana")
    assert doctor.get("/fhir/Patient?family=prado").status_code == 200
    refused = doctor.get("/fhir/Patient?family=prado")
    assert refused.status_code == 429 and refused.headers["retry-after"]
    (issue,) = refused.json()["issue"]
    assert issue["code"] == "throttled" and "Wait" in issue["diagnostics"] and "prado" not in refused.text


def test_searches_are_counted_for_each_person_wherever_they_are(x: Exchange) -> None:
    pages = app(x, searches=2)
    ana = [signed_in(pages, x, "ana", (f"192.0.2.{n}", 1)) for n in range(3)]
    assert [c.post("/", data={"words": "prado"}).status_code for c in ana] == [200, 200, 429]
    assert ana[2].get("/").status_code == 200, "the empty form is no search"
    assert signed_in(pages, x, "luis").post("/", data={"words": "prado"}).status_code == 200


def test_programs_are_counted_only_where_that_is_set(x: Exchange) -> None:
    token = accounts.token(x, "sync", 1, (), ME)
    for limits, statuses in (
        ({"requests": 1, "account_requests": 1, "searches": 1}, [200] * 5),
        ({"program_requests": 2}, [200, 200, 429]),
    ):
        program = client(app(x, **limits))
        program.headers["Authorization"] = f"Bearer {token}"
        assert [program.get("/fhir/Patient?birthdate=1951-07-04").status_code for _ in statuses] == statuses


def test_sign_ins_uploads_and_tokens_have_limits_of_their_own(x: Exchange) -> None:
    far = client(app(x, sign_ins=2, uploads=1, tokens=1))
    tries = [far.post("/sign-in", data={"name": f"n{n}", "password": "x"}).status_code for n in range(3)]
    assert tries == [401, 401, 429]
    assert far.get("/sign-in").status_code == 200, "the form is shown still"
    assert far.post("/sign-in/code", data={"code": "x", "password": "y"}).status_code == 429, "codes are tries too"
    for path in ("/upload", "/oauth/token"):
        first, second = (far.post(path, data={"grant_type": "x"}) for _ in range(2))
        assert (first.status_code != 429, second.status_code) == (True, 429), path


def test_too_many_guesses_say_when_to_come_again(x: Exchange) -> None:
    far = client(app(x))
    answers = [far.post("/sign-in", data={"name": "ana", "password": "x"}) for _ in range(6)]
    assert answers[5].status_code == 429 and answers[5].headers["retry-after"] == "900"


def test_nothing_is_counted_under_what_was_asked() -> None:
    pace = Pace(Limits())
    pace.of_address("192.0.2.7", "sign-in")
    pace.of_account(Viewer("Inés Prado", role=Role.PRACTITIONER, account="a-1"), "search")
    kept = repr(pace._limiter.storage.storage)  # type: ignore[attr-defined]
    assert "192.0.2.7" in kept and "a-1" in kept and "Prado" not in kept
