"""Allergies, problems, procedures as entries. Source: C-CDA R2.1 Allergy Concern Act, Problem Concern Act, Procedure Activity Procedure.

Each function gets the entry to write into and gives False where CDA cannot say what the fact says: then the narrative alone tells it.
"""

from vado.model.fact import FhirJson
from vado.model.original import stable_id
from vado.outgoing.cda.paper import LOINC, SNOMED, Element, Paper, add, ts, uuid_of
from vado.record import words
from vado.record.outward import Told
from vado.record.reconcile import is_no_known_allergy
from vado.record.words import Index

_ACT_CLASS, _ACT_CODE = "2.16.840.1.113883.5.6", "2.16.840.1.113883.5.4"
_KINDS = {  # (type, category) -> SNOMED CT kind of allergy
    ("allergy", "medication"): ("416098002", "Allergy to drug"), ("intolerance", "medication"): ("59037007", "Intolerance to drug"),
    ("", "medication"): ("419511003", "Propensity to adverse reaction to drug"), ("allergy", "food"): ("414285001", "Allergy to food"),
    ("intolerance", "food"): ("235719002", "Intolerance to food"), ("", "food"): ("418471000", "Propensity to adverse reaction to food"),
    ("allergy", ""): ("419199007", "Allergy to substance"), ("", ""): ("420134006", "Propensity to adverse reaction"),
}  # fmt: skip
_STATUS = {"active": ("55561003", "Active"), "inactive": ("73425007", "Inactive"), "resolved": ("413322009", "Resolved"),
           "recurrence": ("246455001", "Recurrence"), "relapse": ("263855007", "Relapse"), "remission": ("277022003", "Remission")}  # fmt: skip
_SEVERITY = {"mild": ("255604002", "Mild"), "moderate": ("6736007", "Moderate"), "severe": ("24484000", "Severe")}
_CRITICALITY = {"high": "CRITH", "low": "CRITL", "unable-to-assess": "CRITU"}
_ANY_SUBSTANCE = ("105590001", "Substance")
_DENIALS = {  # 'no known ...' -> what is denied: substance, kind of allergy. C-CDA on FHIR, CF_AllergyIntoleranceAbsentCode, backwards
    "409137002": (_ANY_SUBSTANCE, ("416098002", "Allergy to drug")), "429625007": (_ANY_SUBSTANCE, ("414285001", "Allergy to food")),
    "428607008": (("426232007", "Environmental allergen"), ("419199007", "Allergy to substance")),
    "1003774007": (("1003752001", "Latex"), ("419199007", "Allergy to substance")),
}  # fmt: skip
_NO_PROBLEM = {"160245001", "no-known-problems"}
_PROCEDURE = {"completed": "completed", "in-progress": "active", "stopped": "aborted", "not-done": "completed"}


def allergy(paper: Paper, entry: Element, told: Told, index: Index) -> bool:
    """AllergyIntolerance -> Allergy Concern Act with its observation; 'no known ...' is the denial of one."""
    a = told.fact.resource
    verified = code_of(a, "verificationStatus")
    if told.fact.kind != "AllergyIntolerance" or verified in {"refuted", "entered-in-error"} or "no-allergy-info" in _codes(a):
        return False
    clinical = code_of(a, "clinicalStatus") or "active"
    if verified not in {"", "confirmed"}:
        paper.lost.add("verificationStatus")
    act = _concern(paper, entry, "allergy concern", told, clinical)
    o = _observation(paper, add(act, "entryRelationship", typeCode="SUBJ"), "allergy", told.fact.id)
    substance, kind = _kind(paper, a)
    if is_no_known_allergy(told.fact):
        o.set("negationInd", "true")
        denied = next(
            (_DENIALS[c] for c in sorted(_codes(a)) if c in _DENIALS), (_ANY_SUBSTANCE, ("419199007", "Allergy to substance"))
        )
        substance, kind = (
            {"coding": [{"system": "http://snomed.info/sct", "code": denied[0][0], "display": denied[0][1]}]},
            denied[1],
        )
    if paper.profile == "eu":
        paper.own(o, "code", (kind[0], SNOMED, kind[1]))
    else:
        paper.own(o, "code", ("ASSERTION", _ACT_CODE))
    reference(o, told.fact.id)
    add(o, "statusCode", code="completed")
    paper.span(o, a, "onset", low=True)
    paper.own(o, "value", (kind[0], SNOMED, kind[1]), xsi="CD")
    paper.author(o, a.get("recordedDate"), a.get("recorder"))
    role = add(add(o, "participant", typeCode="CSM"), "participantRole", classCode="MANU")
    paper.concept(add(role, "playingEntity", classCode="MMAT"), "code", substance or words.concept(a, index))
    _status(paper, o, "allergy status", clinical, told.fact.id)
    if level := _CRITICALITY.get(a.get("criticality", "")):
        c = _observation(paper, add(o, "entryRelationship", typeCode="SUBJ", inversionInd="true"), "criticality", told.fact.id)
        paper.own(c, "code", ("82606-5", LOINC, "Criticality"))
        add(c, "statusCode", code="completed")
        paper.own(c, "value", (level, "2.16.840.1.113883.5.1063"), xsi="CD")
    for n, reaction in enumerate(a.get("reaction", ())):
        _reaction(paper, o, reaction, told.fact.id, n)
    paper.comments(o, a)
    return True


def _kind(paper: Paper, a: FhirJson) -> tuple[FhirJson | None, tuple[str, str]]:
    type_, categories = a.get("type", ""), a.get("category", [])
    category = next((c for c in categories if c in {"medication", "food"}), "")
    if len(categories) > (1 if category else 0):
        paper.lost.add("category")
    if (type_, category) not in _KINDS:
        paper.lost.add("type")
    return None, _KINDS.get((type_, category), _KINDS["", category])


def _reaction(paper: Paper, o: Element, reaction: FhirJson, fact: str, n: int) -> None:
    """Each manifestation is an observation of its own, with the severity of its reaction."""
    if reaction.keys() - {"manifestation", "severity", "onset"}:
        paper.lost.add("reaction (" + ", ".join(sorted(reaction.keys() - {"manifestation", "severity", "onset"})) + ")")
    for m, shown in enumerate(reaction.get("manifestation", ())):
        link = add(o, "entryRelationship", typeCode="MFST", inversionInd="true")
        r = _observation(paper, link, "reaction", f"{fact} {n} {m}")
        paper.own(r, "code", ("ASSERTION", _ACT_CODE))
        add(r, "statusCode", code="completed")
        time = add(r, "effectiveTime")
        onset = ts(reaction.get("onset"))
        add(time, "low", **({"value": onset} if onset else {"nullFlavor": "UNK"}))
        paper.concept(r, "value", shown, xsi="CD")
        if grade := _SEVERITY.get(reaction.get("severity", "")):
            s = _observation(
                paper, add(r, "entryRelationship", typeCode="SUBJ", inversionInd="true"), "severity", f"{fact} {n} {m} s"
            )
            paper.own(s, "code", ("SEV", _ACT_CODE))
            add(s, "statusCode", code="completed")
            paper.own(s, "value", (grade[0], SNOMED, grade[1]), xsi="CD")


def problem(paper: Paper, entry: Element, told: Told, index: Index) -> bool:
    """Condition -> Problem Concern Act with its observation; one that was refuted is denied."""
    c = told.fact.resource
    verified = code_of(c, "verificationStatus")
    if told.fact.kind != "Condition" or verified == "entered-in-error" or "no-problem-info" in _codes(c):
        return False
    if verified in {"unconfirmed", "provisional", "differential"}:
        paper.lost.add("verificationStatus")
    clinical = code_of(c, "clinicalStatus") or "active"
    if clinical in {"active", "recurrence", "relapse"} and _ends(c):
        return False
    if _ends(c) and not ts(c.get("abatementDateTime")):
        paper.lost.add(_ends(c))
    act = _concern(paper, entry, "problem concern", told, clinical)
    o = _observation(paper, add(act, "entryRelationship", typeCode="SUBJ"), "problem", told.fact.id)
    code = paper.own(o, "code", ("55607006", SNOMED, "Problem"))
    paper.own(code, "translation", ("75326-9", LOINC, "Problem"))
    reference(o, told.fact.id)
    add(o, "statusCode", code="completed")
    time = paper.span(o, c, "onset", low=True)
    if (ended := ts(c.get("abatementDateTime"))) and time.find("{*}high") is None:
        add(time, "high", value=ended)
    if "onsetPeriod" in c and c["onsetPeriod"].get("end"):
        paper.lost.add("onsetPeriod.end")
        time.remove(time.find("{*}high"))
    if _codes(c) & _NO_PROBLEM:
        o.set("negationInd", "true")
        paper.own(o, "value", ("55607006", SNOMED, "Problem"), xsi="CD")
    else:
        if verified == "refuted":
            o.set("negationInd", "true")
        paper.concept(o, "value", c.get("code", {}), xsi="CD")
    paper.author(o, c.get("recordedDate"), c.get("recorder"))
    _status(paper, o, "problem status", clinical, told.fact.id)
    paper.comments(o, c)
    return True


def _ends(c: FhirJson) -> str:
    return next((k for k in c if k.startswith("abatement")), "")


def procedure(paper: Paper, entry: Element, told: Told, index: Index) -> bool:
    """Procedure -> Procedure Activity Procedure; one that was not done is denied."""
    p = told.fact.resource
    status = _PROCEDURE.get(p.get("status", ""))
    if told.fact.kind != "Procedure" or p.get("status") in {"entered-in-error", "preparation"}:
        return False
    if status is None and p.get("status") != "unknown":
        paper.lost.add("status")
    element = add(
        entry, "procedure", classCode="PROC", moodCode="EVN", negationInd="true" if p.get("status") == "not-done" else ""
    )
    paper.claim(element, "procedure")
    add(element, "id", root=uuid_of(told.fact.id))
    paper.concept(element, "code", p.get("code", {}))
    reference(element, told.fact.id)
    add(element, "statusCode", **({"code": status} if status else {"nullFlavor": "UNK"}))
    paper.span(element, p, "performed")
    for site in p.get("bodySite", ()):
        paper.concept(element, "targetSiteCode", site)
    paper.comments(element, p)
    return True


def reference(parent: Element, fact: str) -> None:
    """Point to the row of the narrative that says the same in words."""
    add(add(parent, "text"), "reference", value=f"#{anchor(fact)}")


def anchor(fact: str) -> str:
    """Name the row of a fact in the narrative."""
    return f"f-{stable_id(fact)[:16]}"


def code_of(resource: FhirJson, element: str) -> str:
    """Give the code of an element of FHIR's own vocabularies; "" when not said."""
    return next((c["code"] for c in resource.get(element, {}).get("coding", ()) if c.get("code")), "")


def _codes(resource: FhirJson) -> set[str]:
    return {c["code"] for c in resource.get("code", {}).get("coding", ()) if c.get("code")}


def _concern(paper: Paper, entry: Element, part: str, told: Told, clinical: str) -> Element:
    """Begin a concern: active as long as the thing is; since when it stands in the record."""
    act = add(entry, "act", classCode="ACT", moodCode="EVN")
    paper.claim(act, part)
    add(act, "id", root=uuid_of("concern", told.fact.id))
    paper.own(act, "code", ("CONC", _ACT_CLASS))
    going = clinical in {"active", "recurrence", "relapse"}
    add(act, "statusCode", code="active" if going else "completed")
    time = add(act, "effectiveTime")
    since = ts(told.fact.resource.get("recordedDate"))
    add(time, "low", **({"value": since} if since else {"nullFlavor": "UNK"}))
    if not going:
        add(time, "high", nullFlavor="UNK")
    return act


def _observation(paper: Paper, parent: Element, part: str, name: str) -> Element:
    o = add(parent, "observation", classCode="OBS", moodCode="EVN")
    paper.claim(o, part)
    add(o, "id", root=uuid_of(name) if part in {"allergy", "problem"} else uuid_of(part, name))
    return o


def _status(paper: Paper, o: Element, part: str, clinical: str, fact: str) -> None:
    """Say the clinical status: only so is 'resolved' told from 'inactive'."""
    if (known := _STATUS.get(clinical)) is None:
        paper.lost.add("clinicalStatus")
        return
    s = _observation(paper, add(o, "entryRelationship", typeCode="REFR"), part, fact)
    paper.own(s, "code", ("33999-4", LOINC, "Status"))
    add(s, "statusCode", code="completed")
    paper.own(s, "value", (known[0], SNOMED, known[1]), xsi="CD")
