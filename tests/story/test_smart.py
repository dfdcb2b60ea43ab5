"""Programs of others come in: Authlib by SMART Backend Services, fhirclient by SMART App Launch with a person's word, over a real connection."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson
import pytest
from joserfc.jwk import RSAKey

from plain import arrival, plain_exchange
from vado.exchange import accounts, consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.web.access import Door

ME = Viewer("me")
PASSWORD = "correct horse battery"
BACK = "https://app.example/back"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
ADT = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{0}|P|2.5\rPID|1||{1}\r"


@pytest.fixture(scope="module")
def x() -> Exchange:
    made = replace(plain_exchange(), clock=lambda: datetime.now(UTC))
    told = [("1001^^^HOSP^MR||Prado^Inés||19510704|F", "hospital"), ("5^^^INS^MR||Zeller^Otto||19600101|M", "insurer")]
    list(receive(made, [arrival(ADT.format(n, who), partner=partner) for n, (who, partner) in enumerate(told)]))
    keys = orjson.dumps({"keys": [KEY.as_dict(private=False)]}).decode()
    hospital = PartnerId("hospital")
    accounts.add(made, Account("", "lab-sync", Role.CLIENT, hospital, scopes=("system/*.rs",), keys=keys), ME)
    accounts.add(made, Account("", "app", Role.CLIENT, hospital, scopes=("patient/*.rs",), redirect=BACK), ME)
    (ines,) = consult.find_persons(made, "prado", ME)
    accounts.add(made, Account("", "ines", Role.CITIZEN, patient=ines.patients[0].id), ME)
    accounts.set_password(made, "ines", PASSWORD, ME)
    return made


@pytest.fixture(scope="module")
def address(x: Exchange, serve: Callable[..., str]) -> str:
    return serve(x, Door())


def test_authlib_comes_in_by_its_key(address: str) -> None:
    httpx_client = pytest.importorskip("authlib.integrations.httpx_client", reason="the package authlib is not installed")
    from authlib.oauth2.rfc7523 import PrivateKeyJWT

    token = httpx.get(f"{address}/fhir/.well-known/smart-configuration").json()["token_endpoint"]
    signing = PrivateKeyJWT(token, claims={"exp": int(datetime.now(UTC).timestamp()) + 240}, headers={"kid": "one"}, alg="RS384")
    with httpx_client.OAuth2Client("lab-sync", KEY.as_dict(private=True), token_endpoint_auth_method=signing) as client:
        told = client.fetch_token(token, grant_type="client_credentials", scope="system/*.rs")
        assert told["expires_in"] == 300
        found = client.get(f"{address}/fhir/Patient", params={"birthdate": "1951-07-04"}).json()
        assert [e["resource"]["name"][0]["family"] for e in found["entry"]] == ["Prado"]
    assert httpx.get(f"{address}/fhir/Patient?birthdate=1951-07-04").status_code == 401


def test_fhirclient_reads_what_a_person_allowed(address: str, x: Exchange) -> None:
    module = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.patient import Patient

    smart = module.FHIRClient(
        settings={"app_id": "app", "api_base": f"{address}/fhir", "redirect_uri": BACK, "scope": "launch/patient patient/*.rs"}
    )
    assert smart.prepare() is False
    where = smart.authorize_url
    landed = in_the_persons_browser(address, where)
    assert landed.startswith(BACK)
    smart.handle_callback(landed)
    assert smart.patient.name[0].family == "Prado"
    (zeller,) = consult.find_persons(x, "zeller", ME)
    with pytest.raises(Exception, match=r"404|Not Found|FHIRNotFound"):
        raise_for(lambda: Patient.read(zeller.patients[0].id, smart.server))


def raise_for(read: Callable[[], Any]) -> None:
    try:
        read()
    except Exception as fault:
        raise RuntimeError(f"{type(fault).__name__} {fault}") from fault


def in_the_persons_browser(address: str, where: str) -> str:
    """Sign in, look at what the app asks, allow it; give where the browser is sent."""
    with httpx.Client(headers={"Origin": address}) as browser:
        led = browser.get(where)
        assert led.status_code == 303
        back = dict(parse_qsl(urlsplit(led.headers["location"]).query))["next"]
        entered = browser.post(f"{address}/sign-in", data={"name": "ines", "password": PASSWORD, "next": back})
        page = browser.get(address + entered.headers["location"])
        assert "app.example" in page.text
        asked = dict(parse_qsl(urlsplit(where).query))
        person = page.text.partition('name="person" value="')[2].partition('"')[0]
        answer = browser.post(f"{address}/oauth/authorize", data=asked | {"answer": "yes", "person": person})
        return answer.headers["location"]
