"""Patient/$match (FHIR R4; PDQm ITI-119) and Patient/$ihe-pix (PIXm 3, ITI-83)."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotFound
from vado.exchange import index
from vado.exchange.fhir import is_issuer
from vado.exchange.index import Found, Known
from vado.model.fact import FhirJson
from vado.model.person import Identifier, MatchGrade
from vado.web.fhir.answers import Refused, answer, base, body_of, fhir, who
from vado.web.fhir.resources import bundle, entry

_COUNT = 50  # matches given unless fewer are asked for
_MOST = 1_000


@fhir
async def match(request: Request) -> Response:
    """Tell whom a Patient would be: the likeliest first, graded."""
    patient, only_certain, count = _match_question(await body_of(request))
    asked = who(request)
    wanted = {MatchGrade.CERTAIN} if only_certain else {MatchGrade.CERTAIN, MatchGrade.PROBABLE, MatchGrade.POSSIBLE}
    found = index.whom(asked.x, patient, asked.viewer, wanted.__contains__)
    known = found.known
    if only_certain and len({k.person for k in known}) > 1:  # ITI-119, case 5: certain of several is certain of none
        known = ()
    some = [entry(base(request), k) for k in known[:count]]
    return answer(bundle({}, some, len(some), Found(known, found.withheld, found.crowded)))


def _match_question(given: FhirJson) -> tuple[FhirJson, bool, int]:
    if given["resourceType"] == "Patient":
        return given, False, _COUNT
    if given["resourceType"] != "Parameters":
        raise Refused(400, "structure", "$match takes Parameters or a Patient")
    parameters = {p.get("name"): p for p in given.get("parameter", ())}
    patient = parameters.get("resource", {}).get("resource")
    if not patient or patient.get("resourceType") != "Patient":
        raise Refused(400, "required", "the parameter resource must hold a Patient")
    count = parameters.get("count", {}).get("valueInteger", _COUNT)
    if not isinstance(count, int) or count < 1:
        raise Refused(400, "value", "count must be 1 or more")
    return patient, parameters.get("onlyCertainMatches", {}).get("valueBoolean") is True, min(count, _MOST)


@fhir
async def pix(request: Request) -> Response:
    """Give the other numbers of whoever has this one. The number is in the address when GET is used, as IHE has it: POST keeps it out."""
    source, targets = await _pix_question(request)
    here = base(request)
    try:
        known = _cross_reference(request, source)
    except NotFound:
        known = ()
    if not known:
        if not _is_domain(request, source.system):
            raise Refused(400, "code-invalid", "sourceIdentifier Assigning Authority not found")
        raise Refused(404, "not-found", "sourceIdentifier Patient Identifier not found")
    if any(not _is_domain(request, t) for t in targets):
        raise Refused(403, "code-invalid", "targetSystem not found")
    numbers = [i for i in _numbers(known) if i["system"] in targets or not targets]
    ids = [k.patient.id for k in known] if not targets or here in targets else []
    parameters = [{"name": "targetIdentifier", "valueIdentifier": i} for i in numbers if not _is_source(i, source)]
    own = f"Patient/{source.value.rpartition('/')[2]}" if source.system == here else ""
    parameters += [{"name": "targetId", "valueReference": {"reference": f"Patient/{p}"}} for p in ids if f"Patient/{p}" != own]
    return answer({"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {}))


def _cross_reference(request: Request, source: Identifier) -> tuple[Known, ...]:
    asked = who(request)
    if source.system != base(request):
        return index.cross_reference(asked.x, source, asked.viewer)
    person = index.person_of(asked.x, asked.viewer, patient=source.value.rpartition("/")[2] or "-")
    return index.give(asked.x, [p.id for p in person.patients], asked.viewer).known


def _is_domain(request: Request, system: str) -> bool:
    return system == base(request) or is_issuer(who(request).x, system, who(request).viewer)


def _numbers(known: Iterable[Known]) -> list[FhirJson]:
    found = {
        (i["system"], i["value"]): i
        for k in known
        for i in k.patient.resource.get("identifier", ())
        if i.get("system") and i.get("value")
    }
    return [found[key] for key in sorted(found)]


def _is_source(number: FhirJson, source: Identifier) -> bool:
    return index.has_number({"identifier": [number]}, source)


async def _pix_question(request: Request) -> tuple[Identifier, frozenset[str]]:
    """Read the question from the address, from a form, or from Parameters."""
    sources, targets = request.query_params.getlist("sourceIdentifier"), request.query_params.getlist("targetSystem")
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == "application/x-www-form-urlencoded":
            form = await request.form()
            sources += map(str, form.getlist("sourceIdentifier"))
            targets += map(str, form.getlist("targetSystem"))
        else:
            given = await body_of(request)
            for p in given.get("parameter", ()):
                if p.get("name") == "sourceIdentifier":
                    number = p.get("valueIdentifier", {})
                    sources.append(p.get("valueString") or f"{number.get('system', '')}|{number.get('value', '')}")
                elif p.get("name") == "targetSystem":
                    targets.append(str(p.get("valueUri") or p.get("valueString") or ""))
    if len(sources) != 1:
        raise Refused(400, "required" if not sources else "multiple-matches", "sourceIdentifier is wanted exactly once")
    system, bar, value = sources[0].partition("|")
    if not (system and bar and value):
        raise Refused(400, "value", "sourceIdentifier must be system|value")
    return Identifier(system, value), frozenset(targets)
