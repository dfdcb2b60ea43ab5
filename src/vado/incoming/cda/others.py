"""Supplies, devices, insurance, care teams, notes, panels, people around the patient. Source: C-CDA R2.1 templates; C-CDA on FHIR."""

from base64 import b64encode

from vado.incoming.cda import codes, values
from vado.incoming.cda.book import Book
from vado.incoming.cda.header import contact, say_organisation, say_practitioner
from vado.incoming.cda.node import Node
from vado.incoming.cda.values import UNKNOWN, Json, number, quantity, words
from vado.model.fact import End

_NOTED = frozenset(
    (
        "AllergyIntolerance", "Condition", "Observation", "Procedure", "Immunization", "MedicationStatement", "MedicationRequest",
        "MedicationDispense", "ServiceRequest", "Goal", "DeviceUseStatement", "CareTeam", "FamilyMemberHistory",
    )
)  # fmt: skip # resources with a note
COVERAGE = frozenset((codes.T + "60", codes.OLD + "20"))
_POLICY = frozenset((codes.T + "61", codes.OLD + "26"))
CARE_TEAM = frozenset((codes.T + "500",))
NOTE = frozenset((codes.T + "202",))
_COMMENT = "48767-8"


def is_comment(node: Node) -> bool:
    """Say whether an act only comments on what it stands in. C-CDA Comment Activity."""
    code = node.kid("code")
    return node.name == "act" and code is not None and code.attrs.get("code") == _COMMENT


def comment(book: Book, node: Node, about: Json | None) -> None:
    """Comment Activity -> note of the fact that it comments on."""
    told = words(node.kid("text"), book.texts)
    fact = book.facts.get(about["reference"].partition("/")[2]) if about else None
    if not told or fact is None or fact.kind not in _NOTED:
        return
    if code := node.kid("code"):
        code.took(End.IGNORED, "says only that this is a comment")
    one: Json = {"text": told}
    author = node.kid("author")
    if author and (at := book.when(author.kid("time"))):
        one["time"] = at
    if author and (who := say_practitioner(book, author.kid("assignedAuthor"))) and who["reference"].startswith("Practitioner"):
        one["authorReference"] = who
    known = fact.resource.get("note", [])
    if one not in known:
        fact.resource["note"] = [*known, one]


def panel(book: Book, node: Node, members: list[Json]) -> Json | None:
    """An organizer of observations (vital signs, functional status ...) -> Observation with its members."""
    what, status = book.concept(node.kid("code")), node.kid("statusCode")
    own = [r for r in members if r["reference"].startswith("Observation/")]
    if what is None or not own:
        return None
    found: Json = {
        "resourceType": "Observation", "status": codes.RESULT.get(status.take("code") if status else "", "unknown"),
        "category": codes.category(book.section), "code": what, "subject": book.subject,
        **book.timing(node.kid("effectiveTime"), "effective"), "hasMember": own,
    }  # fmt: skip
    return book.add(node, found, "Organizer -> Observation panel (C-CDA on FHIR)")


def supply(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Supply -> MedicationDispense (handed over), MedicationRequest (ordered), DeviceUseStatement (a device), SupplyRequest."""
    material = node.kid("product", "manufacturedProduct", "manufacturedMaterial")
    what = book.concept(material.kid("code") if material else None)
    done = node.attrs.get("moodCode", "EVN") == "EVN"
    if device := _device(book, node):
        use: Json = {
            "resourceType": "DeviceUseStatement", "status": "completed" if done else "intended", "subject": book.subject,
            "device": device, **book.timing(node.kid("effectiveTime"), "timing"),
        }  # fmt: skip
        return book.add(node, use, "Supply -> DeviceUseStatement (C-CDA on FHIR)")
    if what is None or node.negated:
        return None
    status = node.kid("statusCode")
    code, amount = status.take("code") if status else "", quantity(node.kid("quantity"))
    if not done:
        return _ordered(book, node, what, code, amount)
    if templates(node) & codes.NON_MEDICINAL:
        return _used(book, node, what)
    found: Json = {
        "resourceType": "MedicationDispense", "status": codes.DISPENSE.get(code, "unknown"), "medicationCodeableConcept": what,
        "subject": book.subject, "quantity": amount, "whenHandedOver": _at(book, node),
        "performer": [{"actor": r} for k in node.all("performer") if (r := say_practitioner(book, k.kid("assignedEntity")))],
    }  # fmt: skip
    return book.add(node, found, "Medication Dispense -> MedicationDispense")


def _ordered(book: Book, node: Node, what: Json, code: str, amount: Json | None) -> Json:
    repeats = number(r.take("value")) if (r := node.kid("repeatNumber")) else None
    if templates(node) & codes.PLANNED_SUPPLY:
        asked: Json = {
            "resourceType": "SupplyRequest", "status": {"active": "active", "completed": "completed"}.get(code, "unknown"),
            "itemCodeableConcept": what, "quantity": amount or dict(UNKNOWN), **book.timing(node.kid("effectiveTime"), "occurrence"),
        }  # fmt: skip
        return book.add(node, asked, "Planned Supply -> SupplyRequest")
    ask: Json = {"quantity": amount, "numberOfRepeatsAllowed": repeats if isinstance(repeats, int) else None}
    found: Json = {
        "resourceType": "MedicationRequest", "status": codes.DRUG_REQUEST.get(code, "unknown"), "medicationCodeableConcept": what,
        "intent": codes.INTENT.get(node.attrs.get("moodCode", ""), "plan"), "subject": book.subject,
        "dispenseRequest": {k: v for k, v in ask.items() if v is not None},
    }  # fmt: skip
    return book.add(node, found, "Medication Supply Order -> MedicationRequest")


def _used(book: Book, node: Node, what: Json) -> Json:
    device = book.add(node, {"resourceType": "Device", "type": what, "patient": book.subject}, "Supply -> Device")
    use: Json = {"resourceType": "DeviceUseStatement", "status": "active", "subject": book.subject, "device": device}
    return book.add(node, {**use, **book.timing(node.kid("effectiveTime"), "timing")}, "Supply -> DeviceUseStatement")


def _at(book: Book, node: Node) -> str | None:
    time = node.kid("effectiveTime")
    return book.when(time) or book.when(time.kid("low") if time else None)


def _device(book: Book, node: Node) -> Json | None:
    """Product Instance in a participant -> Device, with its UDI."""
    for one in node.all("participant"):
        role = one.kid("participantRole")
        thing = role.kid("playingDevice") if role else None
        if role is None or thing is None:
            continue
        what = book.concept(thing.kid("code"))
        ids = values.identifiers(role.all("id"))
        if what is None and not ids:
            continue
        udi = next((i["value"] for i in ids if i.get("system") == "http://hl7.org/fhir/NamingSystem/fda-udi"), None)
        found: Json = {
            "resourceType": "Device", "type": what, "patient": book.subject,
            "udiCarrier": [{"carrierHRF": udi}] if udi else None, "identifier": ids,
        }  # fmt: skip
        if maker := role.kid("scopingEntity"):
            named = maker.kid("desc")
            if named and named.text:
                named.took()
                found["manufacturer"] = named.text
        if (model := thing.kid("manufacturerModelName")) and model.text:
            model.took()
            found["deviceName"] = [{"name": model.text, "type": "manufacturer-name"}]
        key = (ids[0].get("system", ""), ids[0]["value"]) if ids else book.key(role)
        return book.add(role, found, "Product Instance -> Device (C-CDA on FHIR)", key)
    return None


def devices(book: Book, node: Node) -> list[Json]:
    """Give the devices that a procedure was done with."""
    return [d] if (d := _device(book, node)) else []


def coverage(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Coverage Activity with its Policy Activities -> Coverage."""
    last: Json | None = None
    for link in node.all("entryRelationship"):
        policy = link.kid("act")
        if policy is None or not (templates(policy) & _POLICY or link.attrs.get("typeCode") == "COMP"):
            continue
        link.rule = "said"
        last = _policy(book, policy) or last
    return last


def _policy(book: Book, node: Node) -> Json | None:
    payers: list[Json] = []
    for p in node.all("performer"):
        entity = p.kid("assignedEntity")
        organisation = entity.kid("representedOrganization") if entity else None
        if payer := say_organisation(book, organisation) if organisation else None:
            payers.append(payer)
        elif entity and (ids := values.identifiers(entity.all("id"))):
            payers.append({"identifier": ids[0]})
    found: Json = {
        "resourceType": "Coverage",
        "status": "active",
        "type": book.concept(node.kid("code")),
        "beneficiary": book.subject,
    }
    for p in node.all("participant"):
        role, kind = p.kid("participantRole"), p.attrs.get("typeCode", "")
        if role is None:
            continue
        ids = values.identifiers(role.all("id"))
        if kind == "COV":
            found["period"] = book.period(p.kid("time"))
            found["relationship"] = book.concept(role.kid("code"))
            if ids:
                found["subscriberId"] = ids[0]["value"]
        elif kind == "HLD" and ids:
            found["policyHolder"] = {"identifier": ids[0]}
    if not payers and not found.get("subscriberId") and found["type"] is None:
        return None
    return book.add(node, {**found, "payor": payers or [dict(UNKNOWN)]}, "Policy Activity -> Coverage")


def care_team(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Care Team Organizer -> CareTeam."""
    members: list[Json] = []
    for link in node.all("component"):
        for act in link.all("act"):
            link.rule = "said"
            for performer in act.all("performer"):
                if who := say_practitioner(book, performer.kid("assignedEntity")):
                    role = book.concept(performer.kid("sdtc:functionCode")) or book.concept(performer.kid("functionCode"))
                    members.append({**({"role": [role]} if role else {}), "member": who})
    status = node.kid("statusCode")
    state = {"active": "active", "completed": "inactive", "suspended": "suspended"}.get(
        status.take("code") if status else "", "active"
    )
    found: Json = {"resourceType": "CareTeam", "status": state, "subject": book.subject, "participant": members}
    found["period"] = book.period(node.kid("effectiveTime"))
    return book.add(node, found, "Care Team Organizer -> CareTeam (C-CDA on FHIR)") if members else None


def written_note(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Note Activity -> DocumentReference with its words. C-CDA on FHIR, Notes."""
    what, told = book.concept(node.kid("code")), words(node.kid("text"), book.texts)
    if not told:
        return None
    author = node.kid("author")
    who = say_practitioner(book, author.kid("assignedAuthor")) if author else None
    at = book.when(author.kid("time")) if author else None
    attached = {"contentType": "text/plain; charset=utf-8", "data": b64encode(told.encode()).decode()}
    found: Json = {
        "resourceType": "DocumentReference", "status": "current", "type": what, "subject": book.subject,
        "author": [who] if who else [], "date": at if at and "T" in at else None, "content": [{"attachment": attached}],
    }  # fmt: skip
    if span := book.period(node.kid("effectiveTime")) or ({"start": s} if (s := book.when(node.kid("effectiveTime"))) else None):
        found["context"] = {"period": span}
    return book.add(node, found, "Note Activity -> DocumentReference (C-CDA on FHIR)", (*book.key(node), "note"))


def related(book: Book, node: Node, role: Node | None) -> None:
    """A participant or informant who is no professional -> RelatedPerson. US Realm Header."""
    if role is None:
        return
    person = role.kid("associatedPerson") or role.kid("relatedPerson")
    names = [n for k in (person.all("name") if person else ()) if (n := values.name(k))]
    if not names:
        return
    relation = book.concept(role.kid("code"))
    found: Json = {
        "resourceType": "RelatedPerson", "patient": book.subject, "name": names, **contact(role),
        "relationship": [relation] if relation else [], "period": book.period(node.kid("time")),
    }  # fmt: skip
    key = (names[0].get("family", ""), *names[0].get("given", ()), names[0].get("text", ""))
    book.add(role, {k: v for k, v in found.items() if v}, f"{node.name} -> RelatedPerson", key)


def service(book: Book, header: Node) -> None:
    """DocumentationOf/serviceEvent: who took part -> CareTeam. C-CDA on FHIR, Care Team."""
    for event in (e for d in header.all("documentationOf") for e in d.all("serviceEvent")):
        members: list[Json] = []
        for performer in event.all("performer"):
            if who := say_practitioner(book, performer.kid("assignedEntity")):
                role = book.concept(performer.kid("functionCode"))
                members.append({**({"role": [role]} if role else {}), "member": who})
        if members:
            found: Json = {"resourceType": "CareTeam", "subject": book.subject, "participant": members}
            found["period"] = book.period(event.kid("effectiveTime"))
            book.add(event, found, "serviceEvent -> CareTeam", (book.document, "service"))


def templates(node: Node) -> set[str]:
    """Give the template ids of an entry."""
    return {t.attrs.get("root", "") for t in node.all("templateId")}
