"""Person: which patients are one human being."""

from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotFound
from vado.exchange import index
from vado.exchange.index import Found
from vado.web.fhir import resources
from vado.web.fhir.answers import Refused, answer, base, fhir, who


@fhir
def person(request: Request) -> Response:
    """Read one Person."""
    asked = who(request)
    return answer(resources.person(index.person_of(asked.x, asked.viewer, person=request.path_params["id"])))


@fhir
def persons(request: Request) -> Response:
    """Find the Person of a Patient: ?patient=Patient/id or ?link=Patient/id."""
    wanted = request.query_params.get("patient") or request.query_params.get("link") or ""
    if not wanted:
        raise Refused(400, "required", "Person is searched by patient or link")
    asked = who(request)
    try:
        found = [index.person_of(asked.x, asked.viewer, patient=wanted.rpartition("/")[2])]
    except NotFound:
        found = []
    entries = [
        {"fullUrl": f"{base(request)}/Person/{p.id}", "resource": resources.person(p), "search": {"mode": "match"}} for p in found
    ]
    return answer(resources.bundle({}, entries, len(entries), Found(())))
