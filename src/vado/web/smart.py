"""SMART on FHIR for programs: where to ask, and the token endpoint (SMART App Launch 2.2, Backend Services; RFC 6749, 7523, 7636)."""

from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import clients
from vado.exchange.clients import Granted
from vado.model.fact import FhirJson
from vado.tools.tokens import ALGORITHMS
from vado.web.forms import small_form

TOKEN, AUTHORIZE = "/oauth/token", "/oauth/authorize"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def root(request: Request) -> str:
    """Give the address of this server, as it is called."""
    return f"{request.url.scheme}://{request.headers['host']}"


def configuration(request: Request) -> Response:
    """Say where and how programs are let in."""
    here = root(request)
    return _json({
        "issuer": here, "token_endpoint": here + TOKEN, "authorization_endpoint": here + AUTHORIZE,
        "grant_types_supported": ["authorization_code", "client_credentials"], "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": ["system/*.cruds", "user/*.cruds", "patient/*.rs", "launch/patient"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-standalone", "client-public", "client-confidential-asymmetric", "context-standalone-patient",
            "permission-patient", "permission-user", "permission-v1", "permission-v2", "authorize-post",
        ],
    })  # fmt: skip


def security(request: Request) -> FhirJson:
    """Give `rest.security` of a CapabilityStatement."""
    here = root(request)
    uris = [{"url": "token", "valueUri": here + TOKEN}, {"url": "authorize", "valueUri": here + AUTHORIZE}]
    service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
    return {"extension": [{"url": _URIS, "extension": uris}], "service": [{"coding": [service]}]}


async def token(request: Request) -> Response:
    """Give an access token to a program that shows who it is, or brings a code that a person allowed."""
    form = await small_form(request)
    audience, grant = root(request) + TOKEN, form.get("grant_type", "")
    if form.get("client_assertion") and form.get("client_assertion_type") != _ASSERTION:
        return _refused("invalid_request", 400)
    x = request.app.state.exchange
    try:
        if grant == "client_credentials":
            given = await run_in_threadpool(
                clients.client_token, x, form.get("client_assertion", ""), audience, form.get("scope", "")
            )  # fmt: skip
        elif grant == "authorization_code":
            given = await run_in_threadpool(clients.app_token, x, form, audience)
        else:
            return _refused("unsupported_grant_type", 400)
    except VadoError as fault:
        if fault.code == "AC-016":
            return _refused("invalid_scope", 400)
        if fault.code != "AC-015":
            raise
        return _refused("invalid_client", 401) if grant == "client_credentials" else _refused("invalid_grant", 400)
    return _token(given)


def _token(given: Granted) -> Response:
    told: dict[str, Any] = {"access_token": given.secret, "token_type": "Bearer", "expires_in": given.seconds}
    return _json(told | {"scope": " ".join(given.scopes)} | ({"patient": given.patient} if given.patient else {}))


def _refused(error: str, status: int) -> Response:
    return _json({"error": error}, status)


def _json(plain: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(plain), status, media_type="application/json", headers={"Pragma": "no-cache"})
