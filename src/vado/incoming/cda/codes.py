"""CDA codes and templates that decide something -> FHIR codes.

Source: C-CDA on FHIR, terminology maps. Its row order of CF_AllergyIntoleranceClinicalStatus is shifted by one
(resolved -> active); the meanings are used here, as in CF_ProblemStatus.
"""

from vado.incoming.cda.node import Node
from vado.incoming.cda.values import Json
from vado.model.fact import End

T = "2.16.840.1.113883.10.20.22.4."
OLD = "2.16.840.1.113883.10.20.1."
REFERENCE = T + "122"
ALLERGY = frozenset({T + "7", T + "90", OLD + "18"})
PROBLEM = frozenset({T + "4", OLD + "28"})
PROBLEM_STATUS = frozenset({T + "6", OLD + "50"})
ALLERGY_STATUS = frozenset({T + "28", OLD + "39"})
CRITICALITY = frozenset({T + "145"})
SEVERITY_OBSERVATION = frozenset({T + "8", OLD + "55"})
REACTION = frozenset({T + "9", OLD + "54"})
PROCEDURE_ACT = frozenset({T + "12", OLD + "29"})
RESULTS = frozenset({T + "1", OLD + "32"})
VACCINE = frozenset({T + "52", OLD + "24"})
PLANNED_VACCINE = frozenset({T + "120"})
REFUSAL = frozenset({T + "53"})
NON_MEDICINAL = frozenset({T + "50"})
PLANNED_SUPPLY = frozenset({T + "43"})
# Acts that only hold what they are about: diagnoses and medications at admission, discharge, before and after an operation; interventions; risks.
WRAPPER = frozenset({T + n for n in ("33", "34", "35", "36", "51", "65", "131", "136", "146")})
WRAPPED = frozenset({"10183-2", "42346-7", "11535-2", "46241-6", "10219-4", "10218-6", "59769-0", "362956003"})
DIAGNOSES = frozenset({"11450-4", "46240-8", "11535-2", "46241-6"})

CLINICAL = {
    "246455001": "recurrence", "263855007": "relapse", "277022003": "remission", "413322009": "resolved",
    "55561003": "active", "73425007": "inactive",
}  # fmt: skip
ALLERGY_CLINICAL = {k: v for k, v in CLINICAL.items() if v in ("active", "inactive", "resolved")}
SEVERITY = {"255604002": "mild", "6736007": "moderate", "24484000": "severe"}
ALLERGY_TYPE = {
    "235719002": "intolerance",
    "59037007": "intolerance",
    "414285001": "allergy",
    "416098002": "allergy",
    "419199007": "allergy",
}
ALLERGY_CATEGORY = {
    "235719002": "food", "414285001": "food", "418471000": "food", "416098002": "medication", "419511003": "medication",
    "59037007": "medication",
}  # fmt: skip
_ABSENT = {
    "1003752001": ("1003774007", "No known latex allergy"), "410942007": ("409137002", "No known drug allergy"),
    "426232007": ("428607008", "No known environmental allergy"), "762766007": ("429625007", "No known food allergy"),
    "260769002": ("716186003", "No known allergy"), "416098002": ("409137002", "No known drug allergy"),
    "414285001": ("429625007", "No known food allergy"), "419199007": ("716186003", "No known allergy"),
    "420134006": ("716186003", "No known allergy"), "418038007": ("716186003", "No known allergy"),
    "419511003": ("409137002", "No known drug allergy"), "418471000": ("429625007", "No known food allergy"),
    "": ("716186003", "No known allergy"),
}  # fmt: skip
_ANY = frozenset({"105590001", "260769002"})  # any substance, any material: the kind of allergy says which
PROCEDURE = {"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done",
             "suspended": "on-hold", "held": "on-hold", "new": "preparation", "nullified": "entered-in-error"}  # fmt: skip
REQUEST = {"active": "active", "completed": "completed", "aborted": "revoked", "cancelled": "revoked", "suspended": "on-hold",
           "held": "on-hold", "new": "draft", "nullified": "entered-in-error"}  # fmt: skip
RESULT = {"completed": "final", "active": "registered", "aborted": "cancelled", "cancelled": "cancelled", "held": "registered",
          "suspended": "registered", "new": "registered", "nullified": "entered-in-error"}  # fmt: skip
STATEMENT = {"active": "active", "completed": "completed", "aborted": "stopped", "suspended": "on-hold", "held": "on-hold",
             "cancelled": "not-taken", "new": "intended", "nullified": "entered-in-error"}  # fmt: skip
DRUG_REQUEST = {"active": "active", "completed": "completed", "aborted": "stopped", "suspended": "on-hold", "held": "on-hold",
                "cancelled": "cancelled", "new": "draft", "nullified": "entered-in-error"}  # fmt: skip
DISPENSE = {"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "cancelled", "held": "on-hold",
            "suspended": "on-hold", "new": "preparation", "nullified": "entered-in-error"}  # fmt: skip
_CATEGORY = {"30954-2": "laboratory", "8716-3": "vital-signs", "29762-2": "social-history", "47420-5": "exam", "10190-7": "exam",
             "29545-1": "exam"}  # fmt: skip # section -> category of its observations
INTENT = {"RQO": "order", "PRP": "proposal", "INT": "plan", "PRMS": "plan", "ARQ": "plan"}
ABSENT_REASON = {"OTH": "unsupported", "NINF": "negative-infinity", "PINF": "positive-infinity", "MSK": "masked", "NA": "not-applicable",  # noqa: E501
                 "ASKU": "asked-unknown", "NAV": "temp-unknown", "NASK": "not-asked", "TRC": "unsupported"}  # fmt: skip


def status(system: str, code: str) -> Json:
    """Give a CodeableConcept of one of HL7's own code systems."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def category(section: str) -> list[Json]:
    """Give the category of a section's observations."""
    found = _CATEGORY.get(section)
    return [status("observation-category", found)] if found else []


def snomed(code: str, display: str) -> Json:
    """Give a SNOMED CT concept."""
    return {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]}


def no_known(what: Json | None, kind: Json | None) -> Json:
    """Negated allergy -> its 'no known' code, else words without a code; never wider than what was denied. CF_AllergyIntoleranceAbsentCode.

    `what`: the substance, None or any substance at all when none is named; `kind`: the kind of allergy, as in value.
    """
    named = what if _snomed_codes(what) - _ANY or (what and not what.get("coding")) else None
    for one in _snomed_codes(named or kind) & _ABSENT.keys():
        return snomed(*_ABSENT[one])
    denied = named or kind
    if not denied:
        return snomed(*_ABSENT[""])
    shown = denied.get("text") or denied["coding"][0].get("display") or denied["coding"][0]["code"]
    return {"text": f"No known allergy to {shown}" if named else f"Not so: {shown}"}


def _snomed_codes(what: Json | None) -> set[str]:
    """Give the SNOMED CT codes of a concept; other codes as system|code."""
    url = "http://snomed.info/sct"
    codings = what.get("coding", ()) if what else ()
    return {c["code"] if c.get("system") == url else f"{c.get('system', '')}|{c['code']}" for c in codings}


def concern_status(concern: Node | None) -> str | None:
    """StatusCode of the concern act -> clinical status; None when it does not say."""
    node = concern.kid("statusCode") if concern else None
    said = {"active": "active", "completed": "inactive", "aborted": "inactive", "suspended": "inactive"}
    found = said.get(node.attrs.get("code", "")) if node else None
    if node and found:
        node.took(End.MAPPED)
    return found


def encounter_class(kind: Json | None) -> Json | None:
    """Find the v3 ActCode among the codes of an encounter."""
    url = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    return next((c for c in (kind or {}).get("coding", ()) if c.get("system") == url), None)
