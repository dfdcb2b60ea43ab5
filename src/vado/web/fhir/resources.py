"""What is given out: a Patient with the links to the person's other records, a Person, a Bundle."""

from vado.exchange.index import Found, Known
from vado.model.fact import FhirJson
from vado.model.person import LinkEvent, MatchGrade, Person
from vado.web.fhir.answers import issue, outcome

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_BANDS = {  # of search.score: by grade first, then by bits
    MatchGrade.CERTAIN: (0.98, 1.0), MatchGrade.PROBABLE: (0.9, 0.98), MatchGrade.POSSIBLE: (0.2, 0.9), MatchGrade.CERTAINLY_NOT: (0.0, 0.2),
}  # fmt: skip
_MANY = 60.0  # bits that fill a band
_ASSURANCE = {MatchGrade.CERTAIN: "level4", MatchGrade.PROBABLE: "level3", MatchGrade.POSSIBLE: "level2"}


def patient(known: Known, domains: frozenset[str] = frozenset()) -> FhirJson:
    """Give a Patient as its partner told it, with its source and 'seealso' links; only numbers of these issuers, where some are named."""
    told = known.patient.resource
    said = [link for link in told.get("link", ()) if link.get("other", {}).get("reference")]
    named = {link["other"]["reference"] for link in said}
    see = [f"Patient/{p}" for p in known.others if f"Patient/{p}" not in named]
    links = [*said, *({"other": {"reference": r}, "type": "seealso"} for r in see)]
    numbers = [i for i in told.get("identifier", ()) if not domains or i.get("system") in domains]
    meta = told.get("meta", {}) | {"source": f"urn:x-vado:partner:{known.patient.evidence.partner}"}
    rest = {k: v for k, v in told.items() if k not in {"link", "identifier", "meta"}}
    return rest | {"meta": meta} | ({"identifier": numbers} if numbers else {}) | ({"link": links} if links else {})


def person(p: Person) -> FhirJson:
    """Give the Person: which patients are this human being, and how surely."""
    links = [
        {"target": {"reference": f"Patient/{fact.id}"}, "assurance": assurance(link)}
        for fact, link in zip(p.patients, p.links, strict=True)
    ]
    return {"resourceType": "Person", "id": p.id, "active": True, "link": links}


def assurance(link: LinkEvent) -> str:
    """Say how sure a link is, as an identity assurance level: certain, or said by a person, is 4; probable 3; possible 2."""
    return _ASSURANCE.get(link.grade, "level1")


def score(known: Known) -> float:
    """Give a number in [0, 1] that orders matches: by grade, within a grade by bits. It is no probability."""
    if known.match is None:
        return 1.0
    low, high = _BANDS[known.match.grade]
    return round(low + (high - low) * max(0.0, min(1.0, known.match.weight / _MANY)), 4)


def bundle(links: dict[str, str], entries: list[FhirJson], total: int, found: Found) -> FhirJson:
    """Make a searchset, with an OperationOutcome where something was left out."""
    told = []
    if found.withheld:
        told.append(
            issue("warning", "suppressed", f"{found.withheld} records read from paper and not reviewed by a person are left out")
        )
    if found.crowded:
        told.append(issue("warning", "incomplete", "more records may fit than were looked at; say more"))
    notes = (
        [{"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": outcome(*told), "search": {"mode": "outcome"}}]
        if told
        else []
    )
    made: FhirJson = {"resourceType": "Bundle", "type": "searchset", "total": total}
    if links:
        made["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    return made | ({"entry": [*entries, *notes]} if entries or notes else {})


def entry(base: str, known: Known, domains: frozenset[str] = frozenset()) -> FhirJson:
    """Make the entry of one Patient, with score and grade where it was matched."""
    search: FhirJson = {"mode": "match"}
    if known.match:
        search |= {"score": score(known), "extension": [{"url": GRADE, "valueCode": known.match.grade.value}]}
    return {"fullUrl": f"{base}/Patient/{known.patient.id}", "resource": patient(known, domains), "search": search}
