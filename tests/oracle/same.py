"""Do two FHIR resources say the same to a clinician? Knows nothing of Vado: only FHIR JSON.

What a resource says is cut into aspects named as the FHIR elements are, each in a normal form: codes without their display, words
without case and blanks, moments in UTC, numbers without zeros behind. Ids, narrative, order and who told it do not count.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from oracle.found import Resource, normal

_CODE = {"code", "vaccineCode", "medicationCodeableConcept"}
_KIND = {"MedicationRequest": "Medication", "MedicationStatement": "Medication"}
_WHEN = {
    "effectiveDateTime": "effective", "effectivePeriod": "effective", "onsetDateTime": "onset", "onsetPeriod": "onset",
    "performedDateTime": "performed", "performedPeriod": "performed", "occurrenceDateTime": "occurrence", "abatementDateTime": "abatement",
    "authoredOn": "authoredOn",
}  # fmt: skip
_NO_ALLERGY = {"716186003", "no-known-allergies"}


def says(resource: Resource) -> dict[str, Any]:
    """Give aspect -> what it says; an aspect that says nothing is not there."""
    r, told = resource, {"kind": resource["resourceType"]}
    for name in _CODE & r.keys():
        told["code"] = concept(r[name])
    for name, aspect in _WHEN.items():
        if name in r:
            told[aspect] = moment(r[name].get("start", "") if isinstance(r[name], dict) else r[name])
    for name in r:
        if name.startswith("value"):
            told["value"] = value(r[name])
    for name in ("status", "criticality", "lotNumber", "conclusion", "doNotPerform", "intent", "type"):
        if isinstance(r.get(name), (str, bool)):
            told[name] = words(str(r[name]))
    for name in ("clinicalStatus", "verificationStatus", "dataAbsentReason"):
        if name in r and _codes(r[name]) != {"confirmed"}:  # that goes without saying
            told[name] = concept(r[name])
    told["interpretation"] = frozenset(c for i in r.get("interpretation", ()) for c in _codes(i))
    told["note"] = frozenset(words(n.get("text", "")) for n in r.get("note", ()))
    told["referenceRange"] = frozenset(x for g in r.get("referenceRange", ()) for x in [_range(g)] if x)
    told["reaction"] = frozenset(
        (concept(m), g.get("severity", "")) for g in r.get("reaction", ()) for m in g.get("manifestation", ())
    )
    doses = r.get("dosage") or r.get("dosageInstruction") or []
    told["dosage"] = frozenset(
        value(a["doseQuantity"]) for d in doses[:1] for a in d.get("doseAndRate", ()) if "doseQuantity" in a
    )
    return {k: v for k, v in told.items() if v not in ("", (), frozenset(), None)}


def family(kind: str) -> str:
    """Name resource types that may stand for each other."""
    return _KIND.get(kind, kind)


def contradictions(sent: Resource, read: Resource, but: Iterable[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Give each aspect of the one sent that the one read says otherwise or not at all; `but`: elements that were said to be lost."""
    one, other = says(sent), says(read)
    lost = set(but)
    more = other.get("note", frozenset()) - one.get("note", frozenset())  # a remark more is no contradiction
    other = {**other, "note": other.get("note", frozenset()) - more}
    return {k: (v, other.get(k)) for k, v in one.items() if k not in lost and k != "kind" and other.get(k) != v}


def concept(c: dict[str, Any]) -> Any:
    """Codes where there are any, else words; the ways of saying that no allergy is known are one."""
    codes = _codes(c)
    if codes & _NO_ALLERGY:
        return "no known allergy"
    named = frozenset((x.get("system", ""), x["code"]) for x in c.get("coding", ()) if x.get("code"))
    return named or words(c.get("text", ""))


def _codes(c: dict[str, Any]) -> frozenset[str]:
    return frozenset(x["code"] for x in c.get("coding", ()) if x.get("code"))


def words(text: str) -> str:
    """Words without case, blanks and control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split()).casefold()


def moment(text: str) -> str:
    """The same moment in UTC; a date as it is."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00")) if "T" in text else None
    except ValueError:
        return text
    return at.astimezone(UTC).replace(microsecond=0).isoformat() if at and at.tzinfo else text


def value(v: Any) -> Any:
    """value[x]: a number with sign and unit, a concept, words."""
    if isinstance(v, dict) and "value" in v:
        return (v.get("comparator", ""), normal(str(v["value"])), v.get("code") or v.get("unit", ""))
    if isinstance(v, dict) and ("coding" in v or "text" in v):
        return concept(v)
    if isinstance(v, dict):
        return tuple((k, value(x)) for k, x in sorted(v.items()))
    return moment(str(v)) if isinstance(v, str) and "T" in v else words(str(v))


def _range(g: dict[str, Any]) -> Any:
    return tuple((k, normal(str(g[k]["value"]))) for k in ("low", "high") if "value" in g.get(k, {})) or words(g.get("text", ""))
