"""Entries of a section -> clinical facts, by template where one decides, else by class. Source: C-CDA on FHIR, CDA to FHIR."""

from collections.abc import Callable

from vado.incoming.cda import codes, others, values
from vado.incoming.cda.book import Book
from vado.incoming.cda.header import say_practitioner
from vado.incoming.cda.narrative import div
from vado.incoming.cda.node import Node
from vado.incoming.cda.observations import observed, say_observation
from vado.incoming.cda.treatments import say_drug
from vado.incoming.cda.values import UNKNOWN, Json, quantity, words
from vado.model.fact import End

_STATEMENTS = ("observation", "substanceAdministration", "procedure", "encounter", "supply")
_CLASSES = ("act", "observation", "organizer", "procedure", "encounter", "supply", "substanceAdministration")


def say_entry(book: Book, holder: Node, concern: Node | None = None) -> list[Json]:
    """Say the clinical statement in an entry, entryRelationship or component, and those inside it."""
    return [r for name in _CLASSES for node in holder.all(name) for r in _say(book, node, concern)]


def _say(book: Book, node: Node, concern: Node | None) -> list[Json]:
    templates = {t.attrs.get("root", "") for t in node.all("templateId")}
    if codes.REFERENCE in templates:
        for one in node.walk():
            one.took(End.IGNORED, "entry reference: what it names is read where it stands")
        return []
    if node.kid("subject", "relatedSubject"):
        return _family(book, node)  # speaks of somebody else: never the patient's own
    if _only_affirms(node, templates) and node.attrs.get("negationInd") in ("true", "1"):
        return []  # FHIR R4 cannot say that there is no such thing: lost rather than told as if it were so
    if _is_concern(node) and node.negated:
        _deny(node)
    rule = _rule(book, node, templates)
    said = rule(book, node, concern) if rule else None
    refs = [said] if said else []
    inner = node if _is_concern(node) else None
    if inner or _is_wrapper(node, templates):
        _unwrap(node)
    for link in (*node.all("entryRelationship"), *node.all("component")):
        if link.rule != "said":
            refs += say_entry(book, link, inner)
        for act in link.all("act"):
            if others.is_comment(act):
                others.comment(book, act, said or next(iter(refs), None))
    if node.name == "organizer" and rule is None and (whole := others.panel(book, node, refs)):
        refs = [whole]
    if status := node.kid("statusCode"):
        status.end = status.end or End.IGNORED
        status.rule = status.rule or ("status of the container" if status.end is End.IGNORED else "")
    return refs


def _only_affirms(node: Node, templates: set[str]) -> bool:
    """Say whether its resource has no way to say 'not': Coverage, DocumentReference, DeviceUseStatement."""
    return node.name == "supply" or node.name == "act" and bool(templates & (others.COVERAGE | others.NOTE))


def _deny(concern: Node) -> None:
    """Deny every observation of a denied concern, however many concerns lie between. Source: CDA R2 4.3.6.1, negationInd."""
    for link in concern.all("entryRelationship"):
        for kid in (*link.all("observation"), *(act for act in link.all("act") if _is_concern(act))):
            kid.attrs["negationInd"] = "true"


def _is_concern(node: Node) -> bool:
    code = node.kid("code")
    return node.name == "act" and (code is None or code.attrs.get("code") in (None, "CONC", "48765-2", "75310-3", "29308-4"))


def _is_wrapper(node: Node, templates: set[str]) -> bool:
    """Say whether an act says nothing of its own, but holds statements: by its template, its code, or a LOINC code around statements."""
    if node.name != "act" or templates & codes.PROCEDURE_ACT:
        return False
    code = node.kid("code")
    if templates & codes.WRAPPER or code is not None and code.attrs.get("code") in codes.WRAPPED:
        return True
    named = code is not None and code.attrs.get("codeSystem") == "2.16.840.1.113883.6.1"
    return named and any(link.all(name) for link in node.all("entryRelationship") for name in _STATEMENTS)


def _unwrap(act: Node) -> None:
    """What a wrapper says of itself is named, and not told: its kind, its number, since when it stands in the chart."""
    if code := act.kid("code"):
        code.took(End.IGNORED, "says only which kind of wrapper this is")
    for name in ("id", "effectiveTime"):
        for node in (x for one in act.all(name) for x in one.walk()):
            node.took(End.IGNORED, "of the wrapper, not of what it holds")


def _rule(book: Book, node: Node, templates: set[str]) -> Callable[[Book, Node, Node | None], Json | None] | None:
    if node.name == "observation":
        if templates & codes.ALLERGY:
            return _allergy
        if templates & codes.PROBLEM:
            return _problem
        return say_observation if node.attrs.get("moodCode", "EVN") == "EVN" else _plan
    if node.name == "substanceAdministration":
        return say_drug
    if node.name == "encounter":
        return _encounter
    if node.name == "procedure" or node.name == "act" and templates & codes.PROCEDURE_ACT:
        return _procedure if node.attrs.get("moodCode", "EVN") == "EVN" else _plan
    if node.name == "supply":
        return others.supply
    if node.name == "act":
        return _act_rule(node, templates)
    if node.name == "organizer" and templates & others.CARE_TEAM:
        return others.care_team
    return _report if node.name == "organizer" and templates & codes.RESULTS else None


def _act_rule(node: Node, templates: set[str]) -> Callable[[Book, Node, Node | None], Json | None] | None:
    """An act: insurance, a note, something planned, something done; a concern or a comment says nothing of its own."""
    if templates & others.COVERAGE:
        return others.coverage
    if templates & others.NOTE:
        return others.written_note
    if _is_concern(node) or _is_wrapper(node, templates) or others.is_comment(node):
        return None
    return _plan if node.attrs.get("moodCode") in ("INT", "RQO", "PRMS", "PRP", "ARQ", "APT") else _procedure


def _inner(node: Node, templates: frozenset[str]) -> Node | None:
    """Find the observation of a template directly inside, and take it as said."""
    for link in node.all("entryRelationship"):
        for kid in link.all("observation"):
            if templates & {t.attrs.get("root", "") for t in kid.all("templateId")}:
                link.rule = "said"
                if text := kid.kid("code"):
                    text.took(End.IGNORED, "says only which property this is")
                return kid
    return None


def _allergy(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Allergy - Intolerance Observation -> AllergyIntolerance."""
    entity = node.kid("participant", "participantRole", "playingEntity")
    kind, what = node.kid("value"), book.concept(entity.kid("code") if entity else None)
    if what is None and entity and (name := entity.kid("name")) and name.text:
        name.took(End.TEXT)
        what = {"text": name.text}
    typed = book.concept(kind)
    type_code = kind.attrs.get("code", "") if kind else ""
    if node.negated:
        what = codes.no_known(what, typed)
    elif what is None:
        what = typed
    status = _inner(node, codes.ALLERGY_STATUS)
    ended = book.when(node.kid("effectiveTime", "high"))
    told = codes.ALLERGY_CLINICAL.get(_value(status))
    clinical = told or ("resolved" if ended else codes.concern_status(concern) or "active")
    criticality = {"CRITH": "high", "CRITL": "low", "CRITU": "unable-to-assess"}.get(_value(_inner(node, codes.CRITICALITY)))
    severity = codes.SEVERITY.get(_value(_inner(node, codes.SEVERITY_OBSERVATION)))
    reactions = _reactions(book, node)
    if severity and reactions:
        reactions = [{"severity": severity, **r} for r in reactions]
    void = (s := node.kid("statusCode")) is not None and s.attrs.get("code") == "nullified"
    found: Json = {
        "resourceType": "AllergyIntolerance", "patient": book.subject, "code": what,
        "type": codes.ALLERGY_TYPE.get(type_code), "category": [c for c in (codes.ALLERGY_CATEGORY.get(type_code),) if c],
        "criticality": criticality, "onsetDateTime": _start(book, node),
        "reaction": reactions, **_author(book, node, "recorder", "recordedDate"),
        "note": [{"text": t} for t in (f"Severity: {severity}" if severity and not reactions else "",
                                       f"End given by the source: {ended}" if ended else "") if t],
    }  # fmt: skip
    if void:
        found["verificationStatus"] = codes.status("allergyintolerance-verification", "entered-in-error")
    else:
        found["clinicalStatus"] = codes.status("allergyintolerance-clinical", clinical)
    return book.add(node, _told(book, node, found), "Allergy observation -> AllergyIntolerance (C-CDA on FHIR)") if what else None


def _start(book: Book, node: Node) -> str | None:
    return book.when(node.kid("effectiveTime", "low")) or book.when(node.kid("effectiveTime"))


def _reactions(book: Book, node: Node) -> list[Json]:
    found = []
    while reaction := _next_reaction(node):
        shown = book.concept(reaction.kid("value"))
        severity = codes.SEVERITY.get(_value(_inner(reaction, codes.SEVERITY_OBSERVATION)))
        onset = _start(book, reaction)
        if shown and not reaction.negated:
            found.append(
                {"manifestation": [shown], **({"severity": severity} if severity else {}), **({"onset": onset} if onset else {})}
            )
    return found


def _next_reaction(node: Node) -> Node | None:
    for link in node.all("entryRelationship"):
        kid = link.kid("observation")
        if link.rule != "said" and kid and codes.REACTION & {t.attrs.get("root", "") for t in kid.all("templateId")}:
            link.rule = "said"
            return kid
    return None


def _problem(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Problem Observation -> Condition."""
    value = node.kid("value")
    what = book.concept(value)
    if what is None:
        return None
    kind = book.concept(node.kid("code"))
    start, end = book.when(node.kid("effectiveTime", "low")), book.when(node.kid("effectiveTime", "high"))
    told = codes.CLINICAL.get(_value(_inner(node, codes.PROBLEM_STATUS)))
    clinical = told or ("resolved" if end else codes.concern_status(concern) or "active")
    category = codes.status("condition-category", "problem-list-item" if book.section == "11450-4" else "encounter-diagnosis")
    found: Json = {
        "resourceType": "Condition", "subject": book.subject, "code": what, "onsetDateTime": start,
        "category": [*([category] if book.section in codes.DIAGNOSES else []), *([kind] if kind else [])],
        **_author(book, node, "recorder", "recordedDate"),
    }  # fmt: skip
    if end and clinical in ("active", "recurrence", "relapse"):
        found["note"] = [{"text": f"The source calls this {clinical} and gives an end: {end}"}]  # con-4 forbids both
    elif end:
        found["abatementDateTime"] = end
    if node.negated:
        refuted = value is not None and value.attrs.get("code") not in ("55607006", "404684003", "64572001")
        if refuted:
            found["verificationStatus"] = codes.status("condition-ver-status", "refuted")
        else:
            found["code"] = codes.snomed("160245001", "No current problems or disability")
    if (s := node.kid("statusCode")) is not None and s.attrs.get("code") == "nullified":
        found["verificationStatus"] = codes.status("condition-ver-status", "entered-in-error")
    else:
        found["clinicalStatus"] = codes.status("condition-clinical", clinical)
    return book.add(node, _told(book, node, found), "Problem observation -> Condition (C-CDA on FHIR)")


def _procedure(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Procedure Activity -> Procedure."""
    what, status = book.concept(node.kid("code")), node.kid("statusCode")
    if what is None:
        return None
    said = codes.PROCEDURE.get(status.take("code"), "unknown") if status else "unknown"
    found: Json = {
        "resourceType": "Procedure", "subject": book.subject, "code": what, "status": "not-done" if node.negated else said,
        **book.timing(node.kid("effectiveTime"), "performed"),
        "bodySite": [c for k in node.all("targetSiteCode") if (c := book.concept(k))],
        "performer": [{"actor": r} for r in _performers(book, node)],
        "focalDevice": [{"manipulated": d} for d in others.devices(book, node)],
        "reasonCode": [c for k in _indications(node) if (c := book.concept(k.kid("value")))],
    }  # fmt: skip
    return book.add(node, _told(book, node, found), "Procedure activity -> Procedure (C-CDA on FHIR)")


def _indications(node: Node) -> list[Node]:
    """Indications directly inside: why it was done."""
    found = []
    for link in node.all("entryRelationship"):
        reasons = link.all("observation")
        if link.attrs.get("typeCode") == "RSON" and not any(k.attrs.get("negationInd") in ("true", "1") for k in reasons):
            link.rule = "said"  # what is denied is no reason: it is said as an observation of its own
            found += reasons
    return found


def _encounter(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Encounter Activity -> Encounter; a planned one is planned."""
    kind, status = book.concept(node.kid("code")), node.kid("statusCode")
    said = {"completed": "finished", "active": "in-progress", "cancelled": "cancelled"}.get(
        status.take("code") if status else "", "unknown"
    )
    if node.attrs.get("moodCode", "EVN") != "EVN":
        said = "planned"
    if node.negated:
        said = "cancelled"
    at = book.when(node.kid("effectiveTime"))
    found: Json = {
        "resourceType": "Encounter", "status": said, "class": codes.encounter_class(kind) or dict(UNKNOWN), "subject": book.subject,  # noqa: E501
        "type": [kind] if kind else [], "period": {"start": at} if at else book.period(node.kid("effectiveTime")),
        "participant": [{"individual": r} for r in _performers(book, node) if r["reference"].startswith("Practitioner/")],
    }  # fmt: skip
    return book.add(node, _told(book, node, found), "Encounter activity -> Encounter (C-CDA on FHIR)")


def _plan(book: Book, node: Node, concern: Node | None) -> Json | None:
    """A planned observation, procedure or act -> ServiceRequest; a goal -> Goal."""
    what, status = book.concept(node.kid("code")), node.kid("statusCode")
    if what is None:
        return None
    if node.attrs.get("moodCode") == "GOL":
        goal = {
            "resourceType": "Goal", "lifecycleStatus": "active", "description": _wished(book, node, what), "subject": book.subject,
            "startDate": (book.when(node.kid("effectiveTime")) or book.when(node.kid("effectiveTime", "low")) or "")[:10],
            "target": _target(book, node, what),
        }  # fmt: skip
        if node.negated:
            return None
        return book.add(node, _told(book, node, goal), "Goal observation -> Goal (C-CDA on FHIR)")
    found: Json = {
        "resourceType": "ServiceRequest", "status": codes.REQUEST.get(status.take("code") if status else "", "unknown"),
        "intent": codes.INTENT.get(node.attrs.get("moodCode", ""), "plan"), "code": what, "subject": book.subject,
        **({"doNotPerform": True} if node.negated else {}), **book.timing(node.kid("effectiveTime"), "occurrence"),
        **_author(book, node, "requester", "authoredOn"),
    }  # fmt: skip
    return book.add(node, _told(book, node, found), "planned act -> ServiceRequest (C-CDA on FHIR)")


def _wished(book: Book, node: Node, what: Json) -> Json:
    """What a goal is: its own words where it has some, beside the code."""
    value = node.kid("value")
    told = words(value, book.texts) if value and "code" not in value.attrs else ""
    return {**what, "text": told} if told else what


def _target(book: Book, node: Node, what: Json) -> list[Json]:
    """The value of a goal -> what is to be reached, of that which is measured. FHIR R4 Goal.target."""
    said = observed(book, value) if (value := node.kid("value")) else {}
    return [{"measure": what, f"detail{k[5:]}": v} for k, v in said.items() if k in _DETAILS]


_DETAILS = frozenset(("valueQuantity", "valueRange", "valueCodeableConcept", "valueRatio", "valueBoolean", "valueInteger"))


def _report(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Result Organizer -> DiagnosticReport with its Observations."""
    what, status = book.concept(node.kid("code")), node.kid("statusCode")
    if what is None:
        return None
    results = []
    for link in node.all("component"):
        if link.rule != "said" and link.all("observation"):
            link.rule = "said"
            results += say_entry(book, link)
    found: Json = {
        "resourceType": "DiagnosticReport", "status": codes.RESULT.get(status.take("code") if status else "", "unknown"),
        "code": what, "subject": book.subject, **book.timing(node.kid("effectiveTime"), "effective"),
        "result": [r for r in results if r["reference"].startswith("Observation/")],
    }  # fmt: skip
    return book.add(node, _told(book, node, found), "Result organizer -> DiagnosticReport (C-CDA on FHIR)")


def _family(book: Book, node: Node) -> list[Json]:
    """Family History Organizer -> FamilyMemberHistory; anything else about somebody else is not understood."""
    relation = book.concept(node.kid("subject", "relatedSubject", "code"))
    if node.name != "organizer" or relation is None:
        return []
    ills = [o for c in node.all("component") for o in c.all("observation") if not o.negated]
    person = node.kid("subject", "relatedSubject", "subject")
    gender = person.kid("administrativeGenderCode") if person else None
    sex = {"M": "male", "F": "female", "UN": "other"}.get(gender.take("code") if gender else "")
    born = book.when(person.kid("birthTime")) if person else None
    named = values.name(k) if person and (k := person.kid("name")) else None
    found: Json = {
        "resourceType": "FamilyMemberHistory", "status": "health-unknown", "patient": book.subject, "relationship": relation,
        "condition": [_ill(book, o, c) for o in ills if (c := book.concept(o.kid("value")))],
    }  # fmt: skip
    if sex:
        found["sex"] = {"coding": [{"system": "http://hl7.org/fhir/administrative-gender", "code": sex}]}
    if born:
        found["bornDate"] = born[:10]
    if named:
        found["name"] = " ".join([*named.get("given", ()), named.get("family", named.get("text", ""))]).strip()
    if found["condition"]:
        found["status"] = "partial"
    return [book.add(node, found, "Family History Organizer -> FamilyMemberHistory")]


def _ill(book: Book, node: Node, what: Json) -> Json:
    """Family History Observation -> one condition, with the age at onset and whether it was the death of them."""
    one: Json = {"code": what}
    for link in node.all("entryRelationship"):
        inner = link.kid("observation")
        if inner is None:
            continue
        age = quantity(inner.kid("value"))
        code = inner.kid("code")
        if age and code and code.attrs.get("code") == "445518008":
            one["onsetAge"] = {**age, "system": "http://unitsofmeasure.org", "code": age.get("code", "a")}
        elif (value := inner.kid("value")) and value.attrs.get("code") == "419099009":
            value.took()
            one["contributedToDeath"] = True
        if code:
            code.took(End.IGNORED, "says only which property this is")
    at = book.when(node.kid("effectiveTime")) or book.when(node.kid("effectiveTime", "low"))
    if at and "onsetAge" not in one:
        one["onsetPeriod"] = {"start": at}
    elif at:
        one["note"] = [{"text": at}]
    return one


def _performers(book: Book, node: Node) -> list[Json]:
    return [r for k in node.all("performer") if (r := say_practitioner(book, k.kid("assignedEntity")))]


def _author(book: Book, node: Node, who: str, when: str) -> Json:
    author = node.kid("author")
    if author is None:
        return {}
    person = say_practitioner(book, author.kid("assignedAuthor"))
    at = book.when(author.kid("time"))
    fits = person and (person["reference"].startswith("Practitioner/") or who == "requester")
    return {**({who: person} if fits else {}), **({when: at} if at else {})}


def _told(book: Book, node: Node, found: Json) -> Json:
    """Add the entry's own text, as readable narrative."""
    text = words(node.kid("text"), book.texts)
    return {**found, "text": {"status": "additional", "div": div(text)}} if text else found


def _value(node: Node | None) -> str:
    value = node.kid("value") if node else None
    return value.take("code") if value else ""
