"""The header: whose document it is, who wrote and keeps it, the visit. Source: C-CDA on FHIR, Patient; US Realm Header."""

import json

from vado.incoming.cda import codes, values
from vado.incoming.cda.book import Book
from vado.incoming.cda.node import Node
from vado.incoming.cda.values import UNKNOWN, Json
from vado.model.fact import End, patient_id

_GENDER = {"M": "male", "F": "female", "UN": "other"}
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_OMB = {"race": {"1002-5", "2028-9", "2054-5", "2076-8", "2106-3"}, "ethnicity": {"2135-2", "2186-5"}}


def say_patient(book: Book, role: Node) -> None:
    """Keep the Patient and make it the subject of all that follows."""
    person = role.kid("patient") or Node("patient", {}, role)
    found = {"resourceType": "Patient", "id": "", **contact(role), **_person(book, person)}
    if organisation := role.kid("providerOrganization"):
        found["managingOrganization"] = say_organisation(book, organisation)
    found = {k: v for k, v in found.items() if v not in (None, [], {})}
    # a bare OID names a register, not a person: it must never join two people
    own = [i for i in found.get("identifier", ()) if not i["value"].startswith("urn:oid:")]
    book.patient = patient_id(book.partner.id, own, book.document, role.path)
    book.keep({**found, "id": book.patient}, role, "recordTarget -> Patient (C-CDA on FHIR)", book.patient)


def _person(book: Book, person: Node) -> Json:
    born, gender = book.when(person.kid("birthTime")), person.kid("administrativeGenderCode")
    found: Json = {
        "name": [n for k in person.all("name") if (n := values.name(k))],
        "birthDate": born[:10] if born else None,
        "gender": _GENDER.get(gender.take("code")) if gender else None,
        "maritalStatus": book.concept(person.kid("maritalStatusCode")),
        "communication": [c for k in person.all("languageCommunication") if (c := _language(k))],
        "extension": [e for name in ("race", "ethnicity") if (e := _heritage(person, name))],
        "contact": [c for k in person.all("guardian") if (c := _guardian(book, k))],
    }
    died, dead = book.when(person.kid("sdtc:deceasedTime")), person.kid("sdtc:deceasedInd")
    if died:
        found["deceasedDateTime"] = died
    elif dead and (said := dead.take("value")) in ("true", "false"):
        found["deceasedBoolean"] = said == "true"
    return found


def _language(node: Node) -> Json | None:
    code, prefers = node.kid("languageCode"), node.kid("preferenceInd")
    said = code.take("code") if code else ""
    if not said:
        return None
    preferred = prefers.take("value") if prefers else ""
    coding = {"system": "urn:ietf:bcp:47", "code": said}
    return {"language": {"coding": [coding]}, **({"preferred": preferred == "true"} if preferred else {})}


def _heritage(person: Node, name: str) -> Json | None:
    """us-core-race, us-core-ethnicity: OMB categories apart from the detailed codes; a text is required."""
    plain = {"race": "raceCode", "ethnicity": "ethnicGroupCode"}[name]
    codings = [c for n in (*person.all(plain), *person.all("sdtc:" + plain)) if (c := values.coding(n)) and "system" in c]
    if not codings:
        return None
    parts: list[Json] = [
        {"url": "ombCategory" if c["code"] in _OMB[name] else "detailed", "valueCoding": c}
        for n, c in enumerate(codings) if c not in codings[:n]
    ]  # fmt: skip
    text = ", ".join(c.get("display", c["code"]) for c in codings)
    return {"url": _CORE + name, "extension": [*parts, {"url": "text", "valueString": text}]}


def _guardian(book: Book, node: Node) -> Json | None:
    name, addr = node.kid("guardianPerson", "name"), node.kid("addr")
    found = {
        "name": values.name(name) if name else None,
        "address": values.address(addr) if addr else None,
        "telecom": [t for k in node.all("telecom") if (t := values.telecom(k))],
    }
    found = {k: v for k, v in found.items() if v}
    relation = book.concept(node.kid("code"))
    return {**found, **({"relationship": [relation]} if relation else {})} if found else None


def contact(node: Node) -> Json:
    """Give identifier, address and telecom of a role or organisation."""
    return {
        "identifier": values.identifiers(node.all("id")),
        "address": [a for k in node.all("addr") if (a := values.address(k))],
        "telecom": [t for k in node.all("telecom") if (t := values.telecom(k))],
    }


def say_organisation(book: Book, node: Node | None) -> Json | None:
    """Keep an Organization; None when it has neither name nor number."""
    if node is None:
        return None
    name = node.kid("name")
    if name and name.text:
        name.took()
    found: Json = {"resourceType": "Organization", **contact(node), "name": name.text if name else ""}
    for kind in ("address", "telecom"):  # FHIR R4 org-2, org-3: an organisation has no home
        found[kind] = [{k: v for k, v in x.items() if (k, v) != ("use", "home")} for x in found[kind]]
    return _add_shared(book, node, found, "organization -> Organization")


def say_practitioner(book: Book, role: Node | None) -> Json | None:
    """Keep a Practitioner of an assigned role; without a person, its organisation; None when neither is named."""
    if role is None:
        return None
    person = role.kid("assignedPerson") or role.kid("playingEntity") or role.kid("relatedPerson")
    names = [n for k in (person.all("name") if person else ()) if (n := values.name(k))]
    organisation = say_organisation(book, role.kid("representedOrganization"))
    if not names:
        return organisation
    found: Json = {"resourceType": "Practitioner", **contact(role), "name": names}
    if job := book.concept(role.kid("code")):
        found["qualification"] = [{"code": job}]
    return _add_shared(book, role, found, "assigned role -> Practitioner")


def _add_shared(book: Book, node: Node, found: Json, rule: str) -> Json | None:
    found = {k: v for k, v in found.items() if v}
    if not found.keys() & {"name", "identifier"}:
        return None
    key = (json.dumps(found, sort_keys=True),)
    if not found.get("identifier"):
        key = (book.document, *key)
    return book.add(node, found, rule, key, personal=False)


def say_visit(book: Book, node: Node) -> None:
    """EncompassingEncounter -> Encounter."""
    kind, time = book.concept(node.kid("code")), node.kid("effectiveTime")
    at = book.when(time)
    people = [(p, p.kid("assignedEntity")) for n in ("responsibleParty", "encounterParticipant") for p in node.all(n)]
    found: Json = {
        "resourceType": "Encounter", "status": "unknown", "class": codes.encounter_class(kind) or dict(UNKNOWN), "subject": book.subject,
        "type": [kind] if kind else [], "period": {"start": at} if at else book.period(time), "participant": [], "location": [],
    }  # fmt: skip
    for _, entity in people:
        who = say_practitioner(book, entity)
        if who and who["reference"].startswith("Practitioner/"):
            found["participant"].append({"individual": who})
    if out := book.concept(node.kid("dischargeDispositionCode")):
        found["hospitalization"] = {"dischargeDisposition": out}
    if place := say_place(book, node.kid("location", "healthCareFacility")):
        found["location"].append({"location": place})
    book.add(node, found, "encompassingEncounter -> Encounter")


def say_place(book: Book, node: Node | None) -> Json | None:
    """HealthCareFacility -> Location; None when it has no name."""
    if node is None:
        return None
    name = node.kid("location", "name")
    kind = book.concept(node.kid("code"))
    shown = (name.text if name else "") or (kind or {}).get("text", "")
    if not shown:
        return None
    if name and name.text:
        name.took()
    home = values.address(a) if (a := node.kid("location", "addr")) else None
    found: Json = {
        "resourceType": "Location", "name": shown, "type": [kind] if kind else [], "address": home,
        "managingOrganization": say_organisation(book, node.kid("serviceProviderOrganization")),
    }  # fmt: skip
    return _add_shared(book, node, found, "healthCareFacility -> Location")


def say_composition(book: Book, header: Node, sections: list[Json]) -> None:
    """Keep the Composition with every section's narrative."""
    authors = [a for n in header.all("author") if (a := say_practitioner(book, n.kid("assignedAuthor")))]
    custodian = say_organisation(book, header.kid("custodian", "assignedCustodian", "representedCustodianOrganization"))
    title, date, language = header.kid("title"), book.when(header.kid("effectiveTime")), header.kid("languageCode")
    if title and title.text:
        title.took()
    attesters: list[Json] = []
    for name, mode in (("legalAuthenticator", "legal"), ("authenticator", "professional"), ("dataEnterer", ""), ("informant", ""),
                       ("informationRecipient", "")):  # fmt: skip
        for node in header.all(name):
            who = say_practitioner(book, node.kid("assignedEntity") or node.kid("intendedRecipient"))
            if mode and who:
                at = book.when(node.kid("time"))
                attesters.append({"mode": mode, **({"time": at} if at else {}), "party": who})
                if signed := node.kid("signatureCode"):
                    signed.took(End.IGNORED, "signed: said by being named here")
    for node in (n for a in header.all("author") for n in a.all("time")):
        node.took(End.IGNORED, "time of writing: the document has its own")
    kind = book.concept(header.kid("code")) or dict(UNKNOWN)
    ids = values.identifiers(header.all("id"))
    found: Json = {
        "resourceType": "Composition", "status": "final", "type": kind, "subject": book.subject,
        "author": authors or [dict(UNKNOWN)], "title": (title.text if title else "") or kind.get("text") or "Clinical document",
        "custodian": custodian, "section": sections, "language": language.take("code") if language else None,
        "identifier": ids[0] if ids else None, "attester": attesters, **({"date": date} if date else {"_date": dict(UNKNOWN)}),
        "confidentiality": _confidentiality(header.kid("confidentialityCode")),
    }  # fmt: skip
    book.add(header, found, "ClinicalDocument -> Composition (C-CDA on FHIR)", (book.document,))
    _reference(book, header, found, kind)


def _confidentiality(node: Node | None) -> str | None:
    """How sensitive the document is. FHIR R4 Composition.confidentiality, v3 ConfidentialityClassification."""
    return node.take("code") if node and node.attrs.get("code") in ("U", "L", "M", "N", "R", "V") else None


def _reference(book: Book, header: Node, composition: Json, kind: Json) -> None:
    """Keep the DocumentReference; an embedded file goes its own way as an original."""
    body = header.kid("component", "nonXMLBody", "text")
    attached: Json = {"contentType": "application/xml", "title": composition["title"]}
    if body is not None:
        attached["contentType"] = body.take("mediaType") or "application/octet-stream"
        if (link := body.kid("reference")) and (url := link.take("value")):
            attached["url"] = url
    found = {
        "resourceType": "DocumentReference", "status": "current", "type": kind, "subject": book.subject,
        "content": [{"attachment": attached}], "author": [a for a in composition["author"] if "reference" in a],
        "custodian": composition["custodian"], "masterIdentifier": composition["identifier"],
    }  # fmt: skip
    book.add(header, found, "ClinicalDocument -> DocumentReference", (book.document,))
