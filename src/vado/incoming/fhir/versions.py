"""Resources of other FHIR versions in the form of R4. Source: FHIR R4 and R5, difference tables of each resource (R3-R4, R4-R5).

A rule looks only at elements that R4 does not have, or has in another form, so R4 itself passes untouched. What R4 has no element for
stays where it is: the gate names it, and it ends as not understood.
"""

from collections.abc import Callable
from typing import Any

from vado.model.fact import FhirJson

_THO = "http://terminology.hl7.org/CodeSystem/"
_KINDS = {
    "MedicationOrder": "MedicationRequest", "MedicationPrescription": "MedicationRequest", "ProcedureRequest": "ServiceRequest",
    "ReferralRequest": "ServiceRequest", "DiagnosticOrder": "ServiceRequest", "DeviceUsage": "DeviceUseStatement",
    "Order": "ServiceRequest",
}  # fmt: skip # DSTU1 to R5
# type -> old element: R4 element
_RENAMED = {
    "AllergyIntolerance": {"assertedDate": "recordedDate", "substance": "code", "onset": "onsetDateTime"},
    "Appointment": {"reason": "reasonCode", "virtualService": ""},
    "CarePlan": {"context": "encounter"},
    "CareTeam": {"context": "encounter"},
    "Composition": {"class": "category"},
    "Condition": {"assertedDate": "recordedDate", "dateRecorded": "recordedDate", "dateAsserted": "recordedDate", "context": "encounter"},
    "DeviceUseStatement": {"whenUsed": "timingPeriod", "usageReason": "reasonCode"},
    "DiagnosticReport": {"context": "encounter", "codedDiagnosis": "conclusionCode", "image": "media", "name": "code"},
    "DocumentReference": {"indexed": "date", "class": "category"},
    "Encounter": {"reason": "reasonCode", "indication": "", "actualPeriod": "period", "admission": "hospitalization"},
    "Goal": {"status": "lifecycleStatus", "statusDate": "statusDate"},
    "Immunization": {"date": "occurrenceDateTime", "encounterContext": "encounter", "vaccinationProtocol": "protocolApplied"},
    "Medication": {"doseForm": "form"},
    "MedicationDispense": {"context": "context"},
    "MedicationRequest": {"context": "encounter", "dateWritten": "authoredOn", "prescriber": "requester", "patient": "subject"},
    "MedicationStatement": {"patient": "subject", "wasNotGiven": ""},
    "Observation": {"context": "encounter", "name": "code", "reliability": "", "bodySiteCodeableConcept": "bodySite"},
    "Procedure": {"context": "encounter", "reason": "reasonCode", "patient": "subject", "type": "code"},
    "ServiceRequest": {"context": "encounter", "reason": "reasonCode", "scheduledDateTime": "occurrenceDateTime",
                       "scheduledPeriod": "occurrencePeriod", "orderer": "requester", "type": "code"},  # fmt: skip
    "Specimen": {"treatment": "processing"},
}  # fmt: skip
_CLINICAL = {
    "Condition": ("condition-clinical", "condition-ver-status"),
    "AllergyIntolerance": ("allergyintolerance-clinical", "allergyintolerance-verification"),
}
_STATUS_MAY_BE_UNKNOWN = frozenset(
    ("Observation", "DiagnosticReport", "MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration",
     "Procedure", "Encounter", "ServiceRequest")
)  # fmt: skip # 'unknown' is a code of their required value sets
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_CLASS = {
    "inpatient": "IMP",
    "outpatient": "AMB",
    "ambulatory": "AMB",
    "emergency": "EMER",
    "home": "HH",
    "field": "FLD",
    "virtual": "VR",
}
_ENCOUNTER = {"completed": "finished", "discharged": "finished", "on-hold": "onleave", "discontinued": "cancelled"}


def to_r4(resource: FhirJson) -> FhirJson:
    """Give the resource in the form of R4; the same object when nothing is to be done."""
    kind = str(resource.get("resourceType", ""))
    if kind in _KINDS:
        resource = {**resource, "resourceType": _KINDS[kind]}
        if _KINDS[kind] in ("ServiceRequest", "MedicationRequest"):
            resource.setdefault("intent", "order")
        kind = _KINDS[kind]
    resource = _renamed(kind, resource)
    if kind in _CLINICAL:
        resource = _clinical(kind, resource)
    if rule := _RULES.get(kind):
        resource = rule(resource)
    if kind in _STATUS_MAY_BE_UNKNOWN and "status" not in resource:  # required in R4, optional before
        resource = {**resource, "status": "unknown"}
    if kind == "Encounter" and "class" not in resource:
        resource = {**resource, "class": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}}
    return _everywhere(resource, 0)


def _renamed(kind: str, resource: FhirJson) -> FhirJson:
    old = _RENAMED.get(kind, {})
    if old.keys().isdisjoint(resource):
        return resource
    made: FhirJson = {}
    for name, value in resource.items():
        new = old.get(name, name)
        if new == name or not new or new in resource or new in made or not _fits(new, value):
            made[name] = value
        else:
            made[new] = value
    return made


def _fits(name: str, value: Any) -> bool:
    """Say whether a value has the shape that the R4 element of this name takes."""
    if name.endswith(("DateTime", "Date", "date", "authoredOn")):
        return isinstance(value, str)
    return not (name == "lifecycleStatus" and not isinstance(value, str))


def _concept(system: str, code: Any) -> Any:
    return {"coding": [{"system": _THO + system, "code": code}]} if isinstance(code, str) and code else code


def _clinical(kind: str, resource: FhirJson) -> FhirJson:
    """STU3: statuses are codes; DSTU1 and 2: one status says both."""
    clinical, verification = _CLINICAL[kind]
    made = dict(resource)
    for name, system in (("clinicalStatus", clinical), ("verificationStatus", verification)):
        if isinstance(made.get(name), str):
            made[name] = _concept(system, made[name])
    status = made.get("status")
    if isinstance(status, str):
        del made["status"]
        if status in ("active", "inactive", "resolved", "remission", "recurrence"):
            made.setdefault("clinicalStatus", _concept(clinical, status))
        elif status in ("confirmed", "unconfirmed", "refuted", "provisional", "differential", "entered-in-error"):
            made.setdefault("verificationStatus", _concept(verification, status))
            if status == "confirmed" and kind == "Condition":
                made.setdefault("clinicalStatus", _concept(clinical, "active"))
        else:
            made["status"] = status
    return made


def _allergy(r: FhirJson) -> FhirJson:
    made = dict(r)
    if isinstance(made.get("type"), dict):  # R5: a concept
        codes = [c.get("code") for c in made["type"].get("coding", ()) if isinstance(c, dict)]
        if codes and codes[0] in ("allergy", "intolerance"):
            made["type"] = codes[0]
    if isinstance(made.get("category"), str):
        made["category"] = [made["category"]]
    made["reaction"] = (
        [_reaction(x) for x in made["reaction"]] if isinstance(made.get("reaction"), list) else made.get("reaction")
    )
    return {k: v for k, v in made.items() if v is not None}


def _reaction(reaction: Any) -> Any:
    if not isinstance(reaction, dict) or not isinstance(reaction.get("manifestation"), list):
        return reaction
    return {**reaction, "manifestation": [_as_concept(m) for m in reaction["manifestation"]]}


def _as_concept(value: Any) -> Any:
    """R5 CodeableReference -> its concept, where it has one."""
    return value["concept"] if isinstance(value, dict) and isinstance(value.get("concept"), dict) else value


def _split(r: FhirJson, name: str, concept: str, reference: str, *, many: bool) -> FhirJson:
    """R5 CodeableReference -> the two elements that R4 has."""
    told = r.get(name)
    listed = told if isinstance(told, list) else [told]
    some = [x for x in listed if isinstance(x, dict) and ("concept" in x or isinstance(x.get("reference"), dict))]
    if not some or len(some) < len(listed):
        return r
    made = {k: v for k, v in r.items() if k != name}
    concepts = [x["concept"] for x in some if "concept" in x]
    references = [x["reference"] for x in some if isinstance(x.get("reference"), dict)]
    for element, values in ((concept, concepts), (reference, references)):
        if values:
            made[element] = values if many else values[0]
    return made


def _encounter(r: FhirJson) -> FhirJson:
    made = dict(r)
    kind = made.get("class")
    if isinstance(kind, list):  # R5: concepts
        first = next((c for x in kind if isinstance(x, dict) for c in x.get("coding", ())), None)
        made["class"] = first or {"display": "unknown"}
    elif isinstance(kind, str):  # DSTU2: a code
        code = _CLASS.get(kind)
        made["class"] = {"system": _THO + "v3-ActCode", "code": code} if code else {"display": kind}
    made["status"] = _ENCOUNTER.get(str(made.get("status")), made.get("status"))
    if isinstance(made.get("participant"), list):
        made["participant"] = [
            {("individual" if k == "actor" else k): v for k, v in p.items()} if isinstance(p, dict) else p
            for p in made["participant"]
        ]
    reason = made.get("reason")
    if isinstance(reason, list) and any(isinstance(x, dict) and "value" in x for x in reason):  # R5
        values = [v for x in reason if isinstance(x, dict) for v in x.get("value", ())]
        made = _split({**made, "reason": values}, "reason", "reasonCode", "reasonReference", many=True)
    return {k: v for k, v in made.items() if v is not None}


def _observation(r: FhirJson) -> FhirJson:
    made = dict(r)
    for old in ("comment", "comments"):
        if isinstance(made.get(old), str):
            made["note"] = [*(made.get("note") or ()), {"text": made.pop(old)}]
    related = made.get("related")
    if isinstance(related, list):
        del made["related"]
        for one in related:
            target = one.get("target") if isinstance(one, dict) else None
            if target:
                made.setdefault("derivedFrom" if one.get("type") == "derived-from" else "hasMember", []).append(target)
    if isinstance(made.get("appliesDateTime"), str):
        made["effectiveDateTime"] = made.pop("appliesDateTime")
    if isinstance(made.get("valueAttachment"), dict):
        made.pop("valueAttachment")
    return made


def _medication(r: FhirJson) -> FhirJson:
    made = _split(_split(dict(r), "medication", "medicationCodeableConcept", "medicationReference", many=False),
                  "reason", "reasonCode", "reasonReference", many=True)  # fmt: skip
    if isinstance(made.get("requester"), dict) and isinstance(made["requester"].get("agent"), dict):  # STU3
        made["requester"] = made["requester"]["agent"]
    if isinstance(made.get("status"), str) and made["resourceType"] == "MedicationStatement":
        made["status"] = {"recorded": "unknown", "draft": "unknown"}.get(made["status"], made["status"])
    if made.pop("taken", None) == "n":
        made["status"] = "not-taken"
    if made.pop("wasNotTaken", None) is True:
        made["status"] = "not-taken"
    if isinstance(made.get("informationSource"), list):
        made["informationSource"] = made["informationSource"][0]
    for name in ("dosage", "dosageInstruction"):
        if isinstance(made.get(name), list):
            made[name] = [_dosage(d) for d in made[name]]
    return made


def _dosage(dosage: Any) -> Any:
    """STU3 and before: dose and rate stand in the dosage itself."""
    if not isinstance(dosage, dict):
        return dosage
    made, amount = dict(dosage), {}
    for old, new in (("doseQuantity", "doseQuantity"), ("doseSimpleQuantity", "doseQuantity"), ("doseRange", "doseRange"),
                     ("rateQuantity", "rateQuantity"), ("rateRatio", "rateRatio"), ("rateRange", "rateRange"),
                     ("quantityQuantity", "doseQuantity"), ("quantitySimpleQuantity", "doseQuantity")):  # fmt: skip
        if old in made:
            amount[new] = made.pop(old)
    if amount:
        made["doseAndRate"] = [*(made.get("doseAndRate") or ()), amount]
    if isinstance(made.get("asNeeded"), bool):
        made["asNeededBoolean"] = made.pop("asNeeded")
    return made


def _immunization(r: FhirJson) -> FhirJson:
    made = _split(dict(r), "reason", "reasonCode", "reasonReference", many=True)
    if made.pop("notGiven", None) is True or made.pop("wasNotGiven", None) is True:
        made["status"] = "not-done"
    elif "status" not in made and "occurrenceDateTime" in made:
        made["status"] = "completed"
    maker = made.get("manufacturer")
    if isinstance(maker, dict) and isinstance(maker.get("reference"), dict):
        made["manufacturer"] = maker["reference"]
    if isinstance(made.get("practitioner"), list):
        made["performer"] = [{"actor": p["actor"]} for p in made.pop("practitioner") if isinstance(p, dict) and "actor" in p]
    return {k: v for k, v in made.items() if v is not False or k != "reported"}


def _procedure(r: FhirJson) -> FhirJson:
    made = _split(dict(r), "reason", "reasonCode", "reasonReference", many=True)
    if made.pop("notDone", None) is True or made.pop("notPerformed", None) is True:
        made["status"] = "not-done"
    for kind in ("DateTime", "Period", "String", "Age", "Range"):
        if f"occurrence{kind}" in made:
            made[f"performed{kind}"] = made.pop(f"occurrence{kind}")
    return made


def _request(r: FhirJson) -> FhirJson:
    made = _split(dict(r), "reason", "reasonCode", "reasonReference", many=True)
    made["code"] = _as_concept(made.get("code"))
    if isinstance(made.get("requester"), dict) and isinstance(made["requester"].get("agent"), dict):
        made["requester"] = made["requester"]["agent"]
    if "status" in made and made["status"] in ("requested", "accepted", "in-progress", "proposed", "planned"):
        made["status"] = "active"
    return {k: v for k, v in made.items() if v is not None}


def _document(r: FhirJson) -> FhirJson:
    made = dict(r)
    if isinstance(made.get("context"), list):  # R5: encounters
        made["context"] = {"encounter": [x for x in made["context"] if isinstance(x, dict)]}
    if isinstance(made.get("status"), str) and made["status"] not in ("current", "superseded", "entered-in-error"):
        made["status"] = "current"
    return made


def _goal(r: FhirJson) -> FhirJson:
    made = dict(r)
    if isinstance(made.get("description"), str):
        made["description"] = {"text": made["description"]}
    states = {
        "in-progress": "active",
        "achieved": "completed",
        "sustaining": "active",
        "planned": "planned",
        "rejected": "rejected",
    }
    made["lifecycleStatus"] = states.get(str(made.get("lifecycleStatus")), made.get("lifecycleStatus"))
    return {k: v for k, v in made.items() if v is not None}


def _patient(r: FhirJson) -> FhirJson:
    if not isinstance(r.get("name"), list):
        return r
    return {**r, "name": [_name(n) for n in r["name"]]}


def _practitioner(r: FhirJson) -> FhirJson:
    name = r.get("name")
    return {**r, "name": [_name(n) for n in (name if isinstance(name, list) else [name])]} if name else r


def _name(name: Any) -> Any:
    """DSTU2: several family names."""
    if isinstance(name, dict) and isinstance(name.get("family"), list):
        return {**name, "family": " ".join(str(x) for x in name["family"])}
    return name


_RULES: dict[str, Callable[[FhirJson], FhirJson]] = {
    "AllergyIntolerance": _allergy, "Encounter": _encounter, "Observation": _observation, "MedicationRequest": _medication,
    "MedicationStatement": _medication, "MedicationDispense": _medication, "MedicationAdministration": _medication,
    "Immunization": _immunization, "Procedure": _procedure, "ServiceRequest": _request, "DocumentReference": _document, "Goal": _goal,
    "Patient": _patient, "Practitioner": _practitioner,
}  # fmt: skip


def _everywhere(value: Any, depth: int) -> Any:
    """What changed in data types: Quantity.units, Identifier.label."""
    if depth > 60:
        return value
    if isinstance(value, list):
        return [_everywhere(v, depth + 1) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: (_everywhere(v, depth + 1) if isinstance(v, dict | list) else v) for k, v in value.items()}
    if "units" in made and "value" in made and "unit" not in made:
        made["unit"] = made.pop("units")
    if isinstance(made.get("label"), str) and "value" in made and "type" not in made and made.keys() <= _IDENTIFIER:
        made["type"] = {"text": made.pop("label")}
    return made


_IDENTIFIER = {"label", "value", "system", "use", "period", "assigner", "id", "extension"}
