"""POST Consent: a person's decision is put in force, or refused with the reason; it is never kept as if it held."""

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import Refusal
from vado.exchange import consent_told
from vado.exchange.interact.wanted import check_told, parsed
from vado.web.access import viewer
from vado.web.fhir.answers import MEDIA
from vado.web.fhir.taken import JSON, body, media, writing

_MOST, _SECONDS = 100_000, 10.0  # bytes of a Consent, and how long it may take to come


@writing
async def create(request: Request) -> Response:
    """Put a Consent in force for whoever may decide: the person, or a partner's program for its own patients."""
    if media(request) not in JSON:
        raise Refusal("FH-044")
    told = parsed(await body(request, _MOST, _SECONDS))
    if not isinstance(told, dict) or told.get("resourceType") != "Consent":
        raise Refusal("FH-035", fault="the body is not a resource of this type")
    check_told(told, "Consent")
    made = await run_in_threadpool(consent_told.receive, request.app.state.exchange, told, viewer(request, ""))
    return Response(orjson.dumps({**told, "id": made.id}), 201, media_type=f"{MEDIA}; fhirVersion=4.0")
