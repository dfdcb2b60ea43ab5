"""People sign in by a provider outside: a small one stands here, over a real connection, honest and not."""

import socket
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import orjson
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from plain import plain_exchange
from vado.exchange import accounts
from vado.exchange.outside import Provider
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.record import Viewer
from vado.web.access import Door
from vado.web.app import build

HERE = "https://testserver"
ME = Viewer("me")
KEY, OTHER = RSAKey.generate_key(2048, {"kid": "k"}), RSAKey.generate_key(2048, {"kid": "k"})


@dataclass
class Outside:
    """A provider of OpenID Connect: it signs in whoever comes as `subject`, and may be told to lie."""

    address: str = ""
    subject: str = "77"
    lies: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    alg: str = "RS256"
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def described(self, _: Request) -> JSONResponse:
        a = self.address
        told = {"issuer": a, "authorization_endpoint": f"{a}/authorize", "token_endpoint": f"{a}/token", "jwks_uri": f"{a}/keys"}
        return JSONResponse(told | self.lies.get("described", {}))

    def keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    def authorize(self, request: Request) -> RedirectResponse:
        said = dict(request.query_params)
        code = f"code{len(self.asked)}"
        self.asked[code] = said
        return RedirectResponse(f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state']})}", 303)

    async def token(self, request: Request) -> JSONResponse:
        form = dict(await request.form())
        said = self.asked.pop(str(form["code"]))
        proof = urlsafe_b64encode(sha256(str(form["code_verifier"]).encode()).digest()).decode().rstrip("=")
        name, _, secret = b64decode(request.headers["authorization"].partition(" ")[2]).decode().partition(":")
        if (proof, name, secret, form["redirect_uri"]) != (said["code_challenge"], "vado", "s3cret", said["redirect_uri"]):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.address, "sub": self.subject, "aud": "vado", "exp": now + 60, "iat": now, "nonce": said["nonce"]}
        claims |= {k: v for k, v in self.lies.items() if k != "described"}
        signed = jwt.encode({"alg": self.alg, "kid": "k"}, claims, self.key, algorithms=[self.alg])
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})


@pytest.fixture
def provider() -> Iterator[Outside]:
    made = Outside()
    routes = [
        Route("/.well-known/openid-configuration", made.described), Route("/keys", made.keys), Route("/authorize", made.authorize),
        Route("/token", made.token, methods=["POST"]),
    ]  # fmt: skip
    with socket.socket() as way:
        way.bind(("127.0.0.1", 0))
        made.address = f"http://127.0.0.1:{way.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [way]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield made
        server.should_exit = True
        thread.join(5)


@pytest.fixture
def x(provider: Outside) -> Exchange:
    made = replace(plain_exchange(), clock=lambda: datetime.now(UTC))
    accounts.add(made, Account("", "eva", Role.OPERATOR, outside=f"{provider.address}|77"), ME)
    return made


def browser(x: Exchange, provider: Outside) -> TestClient:
    door = Door(outside=Provider(provider.address, "vado", "s3cret"))
    return TestClient(build(x, hosts=("testserver",), door=door), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def there_and_back(client: TestClient) -> Any:
    led = client.get("/sign-in/outside?next=/inbox")
    assert led.status_code == 303, led.text
    back = httpx.get(led.headers["location"]).headers["location"]
    assert back.startswith(f"{HERE}/sign-in/back?")
    return client.get(back)


def test_one_signs_in_outside_and_comes_back_to_where_one_was(x: Exchange, provider: Outside) -> None:
    client = browser(x, provider)
    assert "/sign-in/outside?next=/inbox" in client.get("/sign-in?next=/inbox").text
    answer = there_and_back(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert client.get("/inbox").status_code == 200
    assert client.post("/sign-in", data={"name": "eva", "password": ""}).status_code == 401, "it has no password here"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["vado", "another"]}, {"exp": 1}, {"exp": None}, {"nonce": "old"}, {"sub": 77},
        {"sub": ""}, {"sub": "78"}, {"described": {"issuer": "https://evil.example"}}, {"described": {"jwks_uri": "http://10.0.0.1/keys"}},
        {"described": {"token_endpoint": "file:///etc/passwd"}},
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_lets_nobody_in(x: Exchange, provider: Outside, lie: dict[str, Any]) -> None:
    client = browser(x, provider)
    provider.lies = lie
    answer = client.get("/sign-in/outside") if "issuer" in lie.get("described", {}) else there_and_back(client)
    assert (answer.status_code, "AC-017" in answer.text) == (401, True)
    assert client.get("/inbox").status_code == 303


@pytest.mark.parametrize(
    ("key", "alg"), [(OTHER, "RS256"), (OctKey.import_key(orjson.dumps(KEY.as_dict(private=False)).decode()), "HS256")]
)
def test_another_signature_lets_nobody_in(x: Exchange, provider: Outside, key: Any, alg: str) -> None:
    provider.key, provider.alg = key, alg
    assert there_and_back(browser(x, provider)).status_code == 401


def test_an_answer_to_somebody_elses_question_lets_nobody_in(x: Exchange, provider: Outside) -> None:
    one, other = browser(x, provider), browser(x, provider)
    back = httpx.get(one.get("/sign-in/outside").headers["location"]).headers["location"]
    assert other.get(back).status_code == 401, "it never asked"
    other.get("/sign-in/outside")
    assert other.get(back).status_code == 401, "it asked something else"
    forged = parse_qs(urlsplit(back).query)
    assert one.get(f"/sign-in/back?code={forged['code'][0]}&state=x").status_code == 401


def test_without_a_provider_there_is_no_such_page(x: Exchange) -> None:
    client = TestClient(build(x, hosts=("testserver",)), base_url=HERE, follow_redirects=False)
    assert client.get("/sign-in/outside").status_code == 404
    assert client.get("/sign-in/back?code=1&state=2").status_code in {401, 404}


def test_a_disabled_account_is_not_let_in(x: Exchange, provider: Outside) -> None:
    accounts.change(x, "eva", ME, disabled=True)
    assert there_and_back(browser(x, provider)).status_code == 401
