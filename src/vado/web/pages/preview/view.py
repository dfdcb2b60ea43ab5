"""Whom would this person match? Nothing is stored, and what is typed travels in the body, never in the address."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import index
from vado.exchange.index import Known
from vado.model.fact import FhirJson
from vado.model.person import Contribution, MatchGrade
from vado.tools.fhir_gate import faults
from vado.web.pages.people import Told, told
from vado.web.render import asked, page

FIELDS = (  # name of the field, its word
    ("given", "given name"), ("family", "surname"), ("born", "born"), ("number", "number"), ("phone", "phone"), ("email", "e-mail"),
    ("address", "address"), ("postal", "postal code"), ("city", "town"),
)  # fmt: skip
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody whom it would match."""

    told: Told
    person: str
    grade: str
    weight: float
    why: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    fields: tuple[tuple[str, str, str], ...]  # (name, word, what was typed)
    sex: str
    asked: bool
    wrong_date: bool
    hits: tuple[Hit, ...]
    withheld: int


async def preview(request: Request) -> Response:
    """Show the form, and after it was sent whom it found."""
    who = asked(request)
    form = await request.form() if request.method == "POST" else {}
    said = {name: str(value).strip()[:_LONGEST] for name, value in form.items()}
    patient = patient_of(said)
    wrong = any(path == "Patient.birthDate" for path, _ in faults(patient))
    is_asked = request.method == "POST" and len(patient) > 1 and not wrong
    wanted = {MatchGrade.CERTAIN, MatchGrade.PROBABLE, MatchGrade.POSSIBLE}
    found = index.whom(who.x, patient, who.viewer, wanted.__contains__) if is_asked else index.Found(())
    fields = tuple((name, word, said.get(name, "")) for name, word in FIELDS)
    view = View(fields, said.get("sex", ""), is_asked, wrong, tuple(h for k in found.known if (h := _hit(k))), found.withheld)
    return page(who, "preview/page.html", view, 422 if wrong else 200)


def patient_of(said: Mapping[str, str]) -> FhirJson:
    """Make a Patient of what was typed; what was not typed is not said."""
    name = {"family": said.get("family"), "given": [g] if (g := said.get("given")) else None}
    address = {"line": [a] if (a := said.get("address")) else None, "postalCode": said.get("postal"), "city": said.get("city")}
    telecom = [{"system": s, "value": v} for s in ("phone", "email") if (v := said.get(s))]
    patient = {
        "name": [_full(name)] if _full(name) else None,
        "birthDate": said.get("born"),
        "gender": said.get("sex"),
        "identifier": _number(said.get("number", "")),
        "telecom": telecom,
        "address": [_full(address)] if _full(address) else None,
    }
    return {"resourceType": "Patient"} | _full(patient)


def _full(some: Mapping[str, object]) -> FhirJson:
    return {k: v for k, v in some.items() if v}


def _number(text: str) -> list[FhirJson]:
    """Read 'system|number', or a number alone: then the issuers whose check digit it fits are tried."""
    system, bar, value = text.rpartition("|")
    if not text or bar:
        return [{"system": system, "value": value}] if value else []
    return [{"system": s, "value": text} for s in index.issuers_of(text)] or [{"value": text}]


def _hit(known: Known) -> Hit | None:
    if known.match is None:
        return None
    return Hit(told(known.patient), known.person, known.match.grade.value, known.match.weight, known.match.why)
