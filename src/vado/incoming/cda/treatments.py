"""Medicines and vaccines. Source: C-CDA on FHIR, Medication Activity, Immunization Activity."""

from vado.incoming.cda import codes
from vado.incoming.cda.book import Book
from vado.incoming.cda.header import say_organisation, say_practitioner
from vado.incoming.cda.narrative import div
from vado.incoming.cda.node import Node
from vado.incoming.cda.values import UNKNOWN, Json, number, quantity, words
from vado.model.fact import End

_PERIOD = {"s", "min", "h", "d", "wk", "mo", "a"}
_MEALS = {"HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV"}


def say_drug(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Keep an Immunization, MedicationStatement (it is or was so) or MedicationRequest (it is wanted)."""
    product = node.kid("consumable", "manufacturedProduct")
    material = product.kid("manufacturedMaterial") if product else None
    what = book.concept(material.kid("code") if material else None)
    if what is None and material and (name := material.kid("name")) and name.text:
        name.took(End.TEXT)
        what = {"text": name.text}
    templates = {t.attrs.get("root", "") for t in node.all("templateId")}
    vaccine = templates & codes.VACCINE or book.section == "11369-6" and not templates & codes.PLANNED_VACCINE
    if what is None and not node.negated:
        return None
    done = node.attrs.get("moodCode", "EVN") == "EVN"
    found = _vaccine(book, node, product, what) if vaccine and done else _medicine(book, node, what, done)
    if text := words(node.kid("text"), book.texts):
        found["text"] = {"status": "additional", "div": div(text)}
    return book.add(node, found, f"substanceAdministration -> {found['resourceType']} (C-CDA on FHIR)")


def _vaccine(book: Book, node: Node, product: Node | None, what: Json | None) -> Json:
    status = node.kid("statusCode")
    said = {"completed": "completed", "nullified": "entered-in-error"}.get(
        status.take("code") if status else "completed", "not-done"
    )
    if status and status.attrs.get("code") == "active":
        said = "completed"  # C-CDA: mood EVN has happened
    lot = product.kid("manufacturedMaterial", "lotNumberText") if product else None
    if lot and lot.text:
        lot.took()
    maker = say_organisation(book, product.kid("manufacturerOrganization") if product else None)
    given = node.kid("effectiveTime")
    at = book.when(given) or book.when(given.kid("low") if given else None)
    performers = [r for k in node.all("performer") if (r := say_practitioner(book, k.kid("assignedEntity")))]
    why = _refusal(book, node) if node.negated else None
    return {
        "resourceType": "Immunization", "status": "not-done" if node.negated else said, "vaccineCode": what or dict(UNKNOWN),
        "patient": book.subject, **({"occurrenceDateTime": at} if at else {"occurrenceString": "unknown"}),
        "lotNumber": lot.text if lot else "", "manufacturer": maker, "route": book.concept(node.kid("routeCode")),
        "site": book.concept(node.kid("approachSiteCode")), "doseQuantity": quantity(node.kid("doseQuantity")),
        "performer": [{"actor": r} for r in performers], "statusReason": why,
    }  # fmt: skip


def _refusal(book: Book, node: Node) -> Json | None:
    """Immunization Refusal Reason -> why it was not done. C-CDA on FHIR, Immunization Activity."""
    for link in node.all("entryRelationship"):
        for kid in link.all("observation"):
            if codes.REFUSAL & {t.attrs.get("root", "") for t in kid.all("templateId")} and (
                why := book.concept(kid.kid("code"))
            ):
                link.rule = "said"
                return why
    return None


def _reasons(book: Book, node: Node) -> list[Json]:
    """Indications that are not denied -> why it is taken; each also stays an observation. C-CDA on FHIR, Medication Activity."""
    some = [k for link in node.all("entryRelationship") if link.attrs.get("typeCode") == "RSON" for k in link.all("observation")]
    return [c for k in some if not k.negated and (c := book.concept(k.kid("value")))]


def _medicine(book: Book, node: Node, what: Json | None, done: bool) -> Json:
    status = node.kid("statusCode")
    code = status.take("code") if status else ""
    dosage = _dosage(book, node)
    common: Json = {"medicationCodeableConcept": what or {"text": "Any medication"}, "subject": book.subject}
    author = node.kid("author")
    person = say_practitioner(book, author.kid("assignedAuthor")) if author else None
    at = book.when(author.kid("time")) if author else None
    if done:
        state = "not-taken" if node.negated else codes.STATEMENT.get(code, "unknown")
        return {"resourceType": "MedicationStatement", "status": state, **common, **_effective(book, node),
                "dateAsserted": at, "informationSource": person, "reasonCode": _reasons(book, node), "dosage": [dosage] if dosage else []}  # fmt: skip
    span = _effective(book, node)
    if once := span.get("effectiveDateTime"):
        dosage.setdefault("timing", {})["event"] = [once]
    elif bounds := span.get("effectivePeriod"):
        dosage.setdefault("timing", {}).setdefault("repeat", {})["boundsPeriod"] = bounds
    return {"resourceType": "MedicationRequest", "status": codes.DRUG_REQUEST.get(code, "unknown"),
            "intent": codes.INTENT.get(node.attrs.get("moodCode", ""), "plan"), **common, "authoredOn": at, "requester": person,
            "reasonCode": _reasons(book, node),
            **({"doNotPerform": True} if node.negated else {}), "dosageInstruction": [dosage] if dosage else []}  # fmt: skip


def _effective(book: Book, node: Node) -> Json:
    for time in node.all("effectiveTime"):
        if not time.attrs.get("type", "").startswith(("PIVL", "EIVL")) and (said := book.timing(time, "effective")):
            return said
    return {}


def _dosage(book: Book, node: Node) -> Json:
    dose, rate, most = node.kid("doseQuantity"), node.kid("rateQuantity"), node.kid("maxDoseQuantity")
    amount: Json = {}
    for kid, name in ((dose, "dose"), (rate, "rate")):
        if one := quantity(kid):
            amount[f"{name}Quantity"] = one
        elif kid and (ends := {k: q for k in ("low", "high") if (q := quantity(kid.kid(k)))}):
            amount[f"{name}Range"] = ends
    form = book.concept(node.kid("administrationUnitCode"))
    if form and "unit" not in amount.get("doseQuantity", {"unit": ""}):
        amount["doseQuantity"]["unit"] = form.get("text") or form["coding"][0]["code"]
    ratio = {k: q for k in ("numerator", "denominator") if most and (q := quantity(most.kid(k)))}
    found: Json = {
        "timing": _timing(node), "route": book.concept(node.kid("routeCode")), "site": book.concept(node.kid("approachSiteCode")),
        "doseAndRate": [amount] if amount else None, "maxDosePerPeriod": ratio if len(ratio) == 2 else None,
        "asNeededCodeableConcept": book.concept(node.kid("precondition", "criterion", "value")),
    }  # fmt: skip
    return {k: v for k, v in found.items() if v}


def _timing(node: Node) -> Json | None:
    """The first PIVL_TS or EIVL_TS -> Timing; others stay not understood."""
    for time in node.all("effectiveTime"):
        period, event = time.kid("period"), time.kid("event")
        if period and period.attrs.get("unit") in _PERIOD and (every := number(period.attrs.get("value", ""))):
            period.took()
            return {"repeat": {"frequency": 1, "period": every, "periodUnit": period.attrs["unit"]}}
        if event and event.attrs.get("code") in _MEALS:
            return {"repeat": {"when": [event.take("code")]}}
    return None
