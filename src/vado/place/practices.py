"""Two general practices: gp-norte sends C-CDA R2.1 documents, gp-sur FHIR R4 bundles and one NDJSON file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import orjson

from vado.model.original import stable_id
from vado.place.clinic import ATC, CVX, ICD10, LOINC, NO_ALLERGY, SNOMED, UCUM, Truth
from vado.place.people import CITY

if TYPE_CHECKING:
    from vado.place.town import Copy

_SNOMED_OID, _CVX_OID, _ATC_OID = "2.16.840.1.113883.6.96", "2.16.840.1.113883.12.292", "2.16.840.1.113883.6.73"
_ROOT = "2.999.7.1"  # an OID set aside for examples
_WHEN = "20261028101500+0100"


def documents(copies: list[Copy]) -> dict[str, bytes]:
    """One continuity of care document a patient."""
    return {f"gp-norte/ccd-{n:04}.xml": _ccd(copy).encode() for n, copy in enumerate(copies, 1)}


def bundles(copies: list[Copy]) -> dict[str, bytes]:
    """A transaction bundle a patient; the last third comes as one NDJSON file."""
    cut = len(copies) * 2 // 3
    files = {
        f"gp-sur/bundle-{n:04}.json": orjson.dumps(_bundle(copy), option=orjson.OPT_INDENT_2)
        for n, copy in enumerate(copies[:cut], 1)
    }
    lines = [orjson.dumps(entry["resource"]) for copy in copies[cut:] for entry in _bundle(copy)["entry"]]
    return files | ({"gp-sur/export.ndjson": b"\n".join(lines) + b"\n"} if lines else {})


def _bundle(copy: Copy) -> dict[str, Any]:
    c = copy.citizen
    me = f"Patient/{stable_id('id', 'gp-sur', copy.number)}"
    identifiers = [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
                    "system": "https://gp-sur.example/record", "value": copy.number}]  # fmt: skip
    if copy.nhs:
        identifiers.append({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": copy.nhs})
    if copy.dni:
        identifiers.append({"system": "urn:oid:1.3.6.1.4.1.19126.3", "value": copy.dni})
    patient: dict[str, Any] = {
        "resourceType": "Patient", "id": me.partition("/")[2], "identifier": identifiers, "gender": c.gender, "birthDate": c.birth.isoformat(),
        "name": [{"use": "official", "family": c.surname, "given": [c.given]}], "telecom": [{"system": "phone", "value": c.phone}],
        "address": [{"line": [c.street], "city": CITY, "postalCode": c.postcode}],
    }  # fmt: skip
    if c.twin:
        patient["multipleBirthBoolean"] = True
    resources = [patient, *(_resource(copy, t, me, n) for n, t in enumerate(copy.truths))]
    entries = [
        {"fullUrl": f"https://gp-sur.example/fhir/{r['resourceType']}/{r['id']}", "resource": r,
         "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
        for r in resources
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "timestamp": "2026-10-29T09:00:00+01:00", "entry": entries}


def _resource(copy: Copy, t: Truth, me: str, n: int) -> dict[str, Any]:
    subject = {"reference": me}
    id_ = stable_id("id", "gp-sur", copy.number, str(n))
    words = t.thing.es if copy.citizen.spanish else t.thing.en
    coded = [
        {
            "system": {"Medication": ATC, "Immunization": CVX, "Observation": LOINC}.get(t.kind, SNOMED),
            "code": t.thing.code,
            "display": words,
        }
    ]
    if t.kind == "Condition":
        status = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
        return {"resourceType": "Condition", "id": id_, "clinicalStatus": {"coding": [status]}, "subject": subject, "onsetDateTime": t.date,
                "code": {"coding": [*coded, {"system": ICD10, "code": t.thing.other}], "text": words}}  # fmt: skip
    if t.kind == "AllergyIntolerance":
        status = {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
        return {
            "resourceType": "AllergyIntolerance",
            "id": id_,
            "clinicalStatus": {"coding": [status]},
            "patient": subject,
            "code": {"coding": coded, "text": words},
        }
    if t.kind == "Immunization":
        return {
            "resourceType": "Immunization",
            "id": id_,
            "status": "completed",
            "patient": subject,
            "occurrenceDateTime": t.date,
            "vaccineCode": {"coding": coded, "text": words},
        }
    if t.kind == "Observation":
        quantity = {"value": float(t.value), "unit": t.thing.unit, "system": UCUM, "code": t.thing.unit}
        return {
            "resourceType": "Observation",
            "id": id_,
            "status": "final",
            "subject": subject,
            "effectiveDateTime": t.date,
            "code": {"coding": coded, "text": words},
            "valueQuantity": quantity,
        }
    return {"resourceType": "MedicationStatement", "id": id_, "status": "active", "subject": subject, "effectivePeriod": {"start": t.date},
            "medicationCodeableConcept": {"coding": coded, "text": f"{words} {t.strength}"}, "dosage": [{"text": t.how}]}  # fmt: skip


def _ccd(copy: Copy) -> str:
    """A Continuity of Care Document. C-CDA R2.1."""
    by_kind = {
        k: [t for t in copy.truths if t.kind == k] for k in ("AllergyIntolerance", "Medication", "Condition", "Immunization")
    }
    sections = "".join([
        _section("2.16.840.1.113883.10.20.22.2.6.1", "48765-2", "Allergies", by_kind["AllergyIntolerance"], _allergy),
        _section("2.16.840.1.113883.10.20.22.2.1.1", "10160-0", "Medications", by_kind["Medication"], _medication),
        _section("2.16.840.1.113883.10.20.22.2.5.1", "11450-4", "Problems", by_kind["Condition"], _problem),
        _section("2.16.840.1.113883.10.20.22.2.2.1", "11369-6", "Immunizations", by_kind["Immunization"], _vaccine),
    ])  # fmt: skip
    c = copy.citizen
    ids = f'<id root="{_ROOT}.1" extension="{copy.number}"/>'
    ids += f'<id root="2.16.840.1.113883.2.1.4.1" extension="{copy.nhs}"/>' if copy.nhs else ""
    ids += f'<id root="1.3.6.1.4.1.19126.3" extension="{copy.dni}"/>' if copy.dni else ""
    sex, word = ("F", "Female") if c.gender == "female" else ("M", "Male")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/><templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
<id root="{_ROOT}.2" extension="{copy.number}-CCD"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summarization of Episode Note"/>
<title>Patient summary</title><effectiveTime value="{_WHEN}"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="{"es-ES" if c.spanish else "en-GB"}"/>
<recordTarget><patientRole>{ids}<addr use="HP"><streetAddressLine>{escape(c.street)}</streetAddressLine><city>{CITY}</city><postalCode>{c.postcode}</postalCode></addr>
<telecom value="tel:{c.phone}" use="HP"/><patient><name use="L"><given>{escape(c.given)}</given><family>{escape(c.surname)}</family></name>
<administrativeGenderCode code="{sex}" codeSystem="2.16.840.1.113883.5.1" displayName="{word}"/><birthTime value="{c.birth:%Y%m%d}"/></patient></patientRole></recordTarget>
<author><time value="{_WHEN}"/><assignedAuthor><id root="{_ROOT}.3" extension="77"/><assignedPerson><name><given>Norma</given><family>Vega</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="{_ROOT}.4"/><name>GP Norte</name></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>
"""


def _section(template: str, code: str, title: str, told: list[Truth], entry: Any) -> str:
    rows = "".join(
        f'<tr ID="{code}-{n}"><td>{escape(t.thing.en)} {escape(t.strength)}</td><td>{t.date}</td></tr>'
        for n, t in enumerate(told, 1)
    )
    text = f"<table><tbody>{rows}</tbody></table>" if rows else "Nothing recorded"
    entries = "".join(entry(t, f"{code}-{n}", f"{t.person}.{n}") for n, t in enumerate(told, 1))
    return (
        f'<component><section><templateId root="{template}" extension="2015-08-01"/><templateId root="{template}"/>'
        f'<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>{title}</title><text>{text}</text>{entries}</section></component>'
    )


def _concern(template: str, t: Truth, key: str, inner: str) -> str:
    since = f'<low value="{t.date.replace("-", "")}"/>' if t.date else '<low nullFlavor="UNK"/>'
    return (
        f'<entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN"><templateId root="{template}" extension="2015-08-01"/>'
        f'<id root="{_ROOT}.5" extension="{key}"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>'
        f'<effectiveTime>{since}</effectiveTime><entryRelationship typeCode="SUBJ">{inner}</entryRelationship></act></entry>'
    )


def _allergy(t: Truth, ref: str, key: str) -> str:
    none = t.thing is NO_ALLERGY
    negation = ' negationInd="true"' if none else ""
    what, name = ("419199007", "Allergy to substance") if none else ("419199007", "Allergy to substance")
    agent = (
        f'<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="{t.thing.code}" '
        f'codeSystem="{_SNOMED_OID}" displayName="{t.thing.en}"><originalText><reference value="#{ref}"/></originalText></code></playingEntity></participantRole></participant>'
        if not none
        else '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code nullFlavor="NA"/></playingEntity></participantRole></participant>'
    )
    return _concern("2.16.840.1.113883.10.20.22.4.30", t, f"A{key}", (
        f'<observation classCode="OBS" moodCode="EVN"{negation}><templateId root="2.16.840.1.113883.10.20.22.4.7" extension="2014-06-09"/>'
        f'<id root="{_ROOT}.6" extension="AO{key}"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>'
        f'<effectiveTime><low nullFlavor="UNK"/></effectiveTime><value xsi:type="CD" code="{what}" codeSystem="{_SNOMED_OID}" displayName="{name}"/>{agent}</observation>'
    ))  # fmt: skip


def _problem(t: Truth, ref: str, key: str) -> str:
    return _concern("2.16.840.1.113883.10.20.22.4.3", t, f"P{key}", (
        '<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/>'
        f'<id root="{_ROOT}.6" extension="PO{key}"/><code code="55607006" codeSystem="{_SNOMED_OID}" displayName="Problem"/><text><reference value="#{ref}"/></text>'
        f'<statusCode code="completed"/><effectiveTime><low value="{t.date.replace("-", "")}"/></effectiveTime>'
        f'<value xsi:type="CD" code="{t.thing.code}" codeSystem="{_SNOMED_OID}" displayName="{t.thing.en}"><translation code="{t.thing.other}" codeSystem="2.16.840.1.113883.6.3"/></value></observation>'
    ))  # fmt: skip


def _medication(t: Truth, ref: str, key: str) -> str:
    return (
        '<entry typeCode="DRIV"><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>'
        f'<id root="{_ROOT}.6" extension="M{key}"/><text><reference value="#{ref}"/></text><statusCode code="active"/>'
        f'<effectiveTime xsi:type="IVL_TS"><low value="{t.date.replace("-", "")}"/></effectiveTime>'
        '<consumable><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.23" extension="2014-06-09"/><manufacturedMaterial>'
        f'<code code="{t.thing.code}" codeSystem="{_ATC_OID}" displayName="{t.thing.en} {t.strength}"/></manufacturedMaterial></manufacturedProduct></consumable>'
        "</substanceAdministration></entry>"
    )


def _vaccine(t: Truth, ref: str, key: str) -> str:
    return (
        '<entry typeCode="DRIV"><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false"><templateId root="2.16.840.1.113883.10.20.22.4.52" extension="2015-08-01"/>'
        f'<id root="{_ROOT}.6" extension="V{key}"/><text><reference value="#{ref}"/></text><statusCode code="completed"/><effectiveTime value="{t.date.replace("-", "")}"/>'
        '<consumable><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.54" extension="2014-06-09"/><manufacturedMaterial>'
        f'<code code="{t.thing.code}" codeSystem="{_CVX_OID}" displayName="{t.thing.en}"/></manufacturedMaterial></manufacturedProduct></consumable>'
        "</substanceAdministration></entry>"
    )
