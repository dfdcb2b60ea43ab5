"""Programs come in by a signed assertion or by a code that a person allowed; whatever does not fit is refused, and says no more."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from vado.exchange import accounts, consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.record.permit import narrowed
from vado.web.app import build

HERE = "https://testserver"
TOKEN = f"{HERE}/oauth/token"
ME = Viewer("me")
KEY, OTHER, CURVE = (
    RSAKey.generate_key(2048, {"kid": "k"}),
    RSAKey.generate_key(2048, {"kid": "k"}),
    ECKey.generate_key("P-384", {"kid": "e"}),
)
BACK = "https://app.example/back?x=1"
VERIFIER = "v" * 60
ADT = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{0}|P|2.5\rPID|1||{1}\r"


@pytest.fixture
def x() -> Exchange:
    made = replace(plain_exchange(), clock=lambda: datetime.now(UTC))
    told = [("1001^^^HOSP^MR||Prado^Inés||19510704|F", "hospital"), ("5^^^INS^MR||Zeller^Otto||19600101|M", "insurer")]
    list(receive(made, [arrival(ADT.format(n, who), partner=partner) for n, (who, partner) in enumerate(told)]))
    keys = orjson.dumps({"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]}).decode()
    hospital = PartnerId("hospital")
    accounts.add(
        made, Account("", "lab-sync", Role.CLIENT, hospital, scopes=("system/Patient.rs", "system/Observation.r"), keys=keys), ME
    )
    accounts.add(made, Account("", "app", Role.CLIENT, hospital, scopes=("patient/*.rs", "user/Patient.rs"), redirect=BACK), ME)
    (ines,) = consult.find_persons(made, "prado", ME)
    accounts.add(made, Account("", "ines", Role.CITIZEN, patient=ines.patients[0].id), ME)
    accounts.add(made, Account("", "ana", Role.PRACTITIONER, hospital), ME)
    return made


@pytest.fixture
def program(x: Exchange) -> TestClient:
    return TestClient(build(x, hosts=("testserver",)), base_url=HERE, follow_redirects=False)


def assertion(key: Any = KEY, alg: str = "RS384", kid: str = "k", **other: Any) -> str:
    now = int(datetime.now(UTC).timestamp())
    said = {
        "iss": "lab-sync",
        "sub": "lab-sync",
        "aud": TOKEN,
        "exp": now + 200,
        "jti": str(id(object())) + str(now) + str(len(other)),
    } | other
    return jwt.encode({"alg": alg, "kid": kid}, {k: v for k, v in said.items() if v is not None}, key, algorithms=[alg])


def ask(program: TestClient, signed: str, scope: str = "system/Patient.rs", **other: str) -> Any:
    form = {
        "grant_type": "client_credentials", "scope": scope, "client_assertion": signed,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    return program.post("/oauth/token", data=form | other)


# backend services


@pytest.mark.parametrize(("key", "alg", "kid"), [(KEY, "RS384", "k"), (CURVE, "ES384", "e")])
def test_a_program_comes_in_by_its_key(program: TestClient, key: Any, alg: str, kid: str) -> None:
    answer = ask(program, assertion(key, alg, kid, jti=f"one {alg}"), "system/*.rs system/Patient.cruds launch")
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 300)
    assert set(told["scope"].split()) == {"system/Patient.rs", "system/Observation.r"}
    assert answer.headers["cache-control"] == "no-store"
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    assert program.get("/fhir/Patient?birthdate=1951-07-04", headers=bearer).json()["total"] == 1
    assert program.get("/fhir/Patient?birthdate=1960-01-01", headers=bearer).json()["total"] == 0, "nobody of its partner's"
    (ines,) = consult.find_persons(program.app.state.exchange, "prado", ME)  # type: ignore[attr-defined]
    for path in ("/inbox", f"/person/{ines.id}", f"/fact/{ines.patients[0].id}"):
        assert program.get(path, headers=bearer).status_code in {303, 403}, (
            "its scopes are Patients and Observations, not records"
        )


now = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    "signed",
    [
        lambda: assertion(OTHER),
        lambda: assertion(aud="https://evil.example/oauth/token"),
        lambda: assertion(exp=now - 10),
        lambda: assertion(exp=now + 100_000),
        lambda: assertion(exp=None),
        lambda: assertion(exp="soon"),
        lambda: assertion(jti=None),
        lambda: assertion(sub="ana"),
        lambda: assertion(iss="ana", sub="ana"),
        lambda: assertion(iss="app", sub="app"),
        lambda: assertion(KEY, "RS256"),
        lambda: assertion(OctKey.import_key(orjson.dumps(KEY.as_dict(private=False)).decode()), "HS256"),
        lambda: unsigned(),
        lambda: "",
        lambda: "a.b.c",
        lambda: "x" * 30_000,
    ],
)
def test_an_assertion_that_does_not_fit_is_refused(program: TestClient, signed: Callable[[], str]) -> None:
    answer = ask(program, signed())
    assert answer.status_code in {401, 413}
    if answer.status_code == 401:
        assert answer.json() == {"error": "invalid_client"}


def unsigned() -> str:
    """alg: none."""
    head, body, _ = assertion().split(".")
    return urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + f".{body}."


def test_an_assertion_is_good_once(program: TestClient) -> None:
    signed = assertion(jti="once")
    assert ask(program, signed).status_code == 200
    assert ask(program, signed).status_code == 401


def test_no_scope_that_is_not_registered(program: TestClient, x: Exchange) -> None:
    assert ask(program, assertion(jti="a"), "system/Condition.rs user/Patient.rs").json() == {"error": "invalid_scope"}
    assert ask(program, assertion(jti="b"), grant_type="password").json() == {"error": "unsupported_grant_type"}
    accounts.change(x, "lab-sync", ME, disabled=True)
    assert ask(program, assertion(jti="c")).status_code == 401


def test_what_is_wanted_is_narrowed_to_what_is_registered() -> None:
    for wanted, registered, given in (
        ("system/*.rs", ("system/*.cruds",), ("system/*.rs",)), ("system/*.cruds", ("system/*.rs",), ("system/*.rs",)),
        ("system/Patient.read", ("system/*.r",), ("system/Patient.r",)), ("system/Patient.rs?x=1", ("system/*.rs",), ()),
        ("patient/Patient.rs", ("system/*.rs",), ()), ("system/*.*", ("system/Patient.s",), ("system/Patient.s",)), ("system/Patient.", ("system/*.rs",), ()),
    ):  # fmt: skip
        assert narrowed(wanted.split(), registered, ("system",)) == given, wanted


def test_it_is_said_where_to_ask(program: TestClient) -> None:
    told = program.get("/fhir/.well-known/smart-configuration").json()
    assert told["token_endpoint"] == TOKEN
    assert "client-confidential-asymmetric" in told["capabilities"]
    security = program.get("/fhir/metadata").json()["rest"][0]["security"]
    assert {u["url"]: u["valueUri"] for u in security["extension"][0]["extension"]}["token"] == TOKEN


# a person lets an app read


def person(x: Exchange, name: str) -> TestClient:
    with x.store.begin() as tx:
        account = tx.accounts.named(name)
    assert account
    client = TestClient(build(x, hosts=("testserver",)), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)
    client.cookies.set("__Host-vado", accounts.let_in(x, account), domain="testserver.local")
    return client


def question(**other: str) -> dict[str, str]:
    challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    return {
        "response_type": "code", "client_id": "app", "redirect_uri": BACK, "scope": "launch/patient patient/*.rs", "state": "s t",
        "aud": f"{HERE}/fhir", "code_challenge": challenge, "code_challenge_method": "S256",
    } | other  # fmt: skip


def allow(x: Exchange, name: str = "ines", **other: str) -> dict[str, list[str]]:
    (ines,) = consult.find_persons(x, "prado", ME)
    form = question(**other) | {"answer": "yes", "person": other.get("person", ines.id)}
    answer = person(x, name).post("/oauth/authorize", data=form)
    assert answer.status_code == 303, answer.text
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == "https://app.example/back"
    return parse_qs(target.query)


def trade(program: TestClient, code: str, **other: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": "app", "code_verifier": VERIFIER}
    return program.post("/oauth/token", data=form | other)


def test_an_app_reads_what_a_person_allowed_and_no_more(x: Exchange, program: TestClient) -> None:
    page = person(x, "ines").get("/oauth/authorize", params=question())
    assert "app.example" in page.text and "Inés Prado" in page.text
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    told = allow(x)
    assert (told["state"], told["x"]) == (["s t"], ["1"])
    given = trade(program, told["code"][0]).json()
    (ines,), (zeller,) = (consult.find_persons(x, name, ME) for name in ("prado", "zeller"))
    assert (given["patient"], given["scope"]) == (ines.patients[0].id, "patient/*.rs")
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert program.get(f"/fhir/Patient/{given['patient']}", headers=bearer).status_code == 200
    assert program.get(f"/fhir/Patient/{zeller.patients[0].id}", headers=bearer).status_code == 404
    assert program.post("/fhir/Patient/$match", json={}, headers=bearer).status_code == 403
    assert program.get("/me", headers=bearer).status_code in {200, 403}


def test_a_practitioner_chooses_whose_record_the_app_reads(x: Exchange, program: TestClient) -> None:
    ana = person(x, "ana")
    page = ana.post("/oauth/authorize", data=question() | {"words": "prado"}).text
    (chosen,) = re.findall(r'name="person" value="([\w-]+)"', page)
    code = allow(x, "ana", person=chosen)["code"][0]
    bearer = {"Authorization": f"Bearer {trade(program, code).json()['access_token']}"}
    assert program.get("/fhir/Patient?birthdate=1951-07-04", headers=bearer).json()["total"] == 1
    assert program.get("/fhir/Patient?birthdate=1960-01-01", headers=bearer).json()["total"] == 0, (
        "a token about one is about one"
    )
    (zeller,) = consult.find_persons(x, "zeller", ME)
    refused = ana.post("/oauth/authorize", data=question() | {"answer": "yes", "person": zeller.id})
    assert (refused.status_code, "AC-002" in refused.text) == (403, True), "not in their care"


def test_one_who_is_not_signed_in_comes_back_to_the_whole_question(program: TestClient) -> None:
    led = program.get("/oauth/authorize", params=question())
    back = parse_qs(urlsplit(led.headers["location"]).query)["next"][0]
    assert parse_qs(urlsplit(back).query)["code_challenge"] == [question()["code_challenge"]]


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "&y=2"},
        {"client_id": "lab-sync"},
    ],
)
def test_an_app_that_is_not_registered_gets_nobody_sent(x: Exchange, other: dict[str, str]) -> None:
    answer = person(x, "ines").get("/oauth/authorize", params=question(**other))
    assert answer.status_code == 401
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("other", "error"),
    [({"response_type": "token"}, "unsupported_response_type"), ({"code_challenge": ""}, "invalid_request"),
     ({"code_challenge_method": "plain"}, "invalid_request"), ({"aud": "https://evil.example/fhir"}, "invalid_request"),
     ({"state": ""}, "invalid_request"), ({"scope": "system/*.rs"}, "invalid_scope"), ({"answer": "no"}, "access_denied")],
)  # fmt: skip
def test_a_question_that_does_not_fit_is_sent_back(x: Exchange, other: dict[str, str], error: str) -> None:
    answer = person(x, "ines").post("/oauth/authorize", data=question(**other))
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == [error]


def test_a_code_is_good_once_for_its_app_with_its_verifier(x: Exchange, program: TestClient) -> None:
    for other in (
        {"code_verifier": "w" * 60},
        {"code_verifier": ""},
        {"client_id": "lab-sync"},
        {"redirect_uri": "https://evil.example/"},
    ):
        code = allow(x)["code"][0]
        assert trade(program, code, **other).json() == {"error": "invalid_grant"}
        assert trade(program, code).json() == {"error": "invalid_grant"}, "a code that was tried is over"
    code = allow(x)["code"][0]
    assert trade(program, code).status_code == 200
    assert trade(program, code).json() == {"error": "invalid_grant"}
    assert trade(program, "made up").json() == {"error": "invalid_grant"}


def test_another_site_allows_nothing(x: Exchange) -> None:
    client = person(x, "ines")
    (ines,) = consult.find_persons(x, "prado", ME)
    answer = client.post(
        "/oauth/authorize", data=question() | {"answer": "yes", "person": ines.id}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_looking_allows_nothing(x: Exchange) -> None:
    answer = person(x, "ines").get("/oauth/authorize?" + urlencode(question() | {"answer": "yes"}))
    assert answer.status_code == 200
