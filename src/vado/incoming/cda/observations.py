"""Observations of any template -> Observation. Source: C-CDA on FHIR, Results, Vital Signs, Social History."""

from vado.incoming.cda import codes
from vado.incoming.cda.book import Book
from vado.incoming.cda.header import say_practitioner
from vado.incoming.cda.narrative import div
from vado.incoming.cda.node import Node
from vado.incoming.cda.values import Json, number, quantity, words
from vado.model.fact import End


def say_observation(book: Book, node: Node, concern: Node | None) -> Json | None:
    """Keep an Observation; None when nobody says what was observed. A negated one never looks like a positive one."""
    what, status = book.concept(node.kid("code")), node.kid("statusCode")
    if what is None:
        return None
    found: Json = {
        "resourceType": "Observation", "subject": book.subject, "code": what,
        "status": codes.RESULT.get(status.take("code") if status else "", "unknown"),
        "category": codes.category(book.section),
        **book.timing(node.kid("effectiveTime"), "effective"), **_value(book, node),
        "interpretation": [c for k in node.all("interpretationCode") if (c := book.concept(k))],
        "method": book.concept(node.kid("methodCode")), "bodySite": book.concept(node.kid("targetSiteCode")),
        "referenceRange": [r for k in node.all("referenceRange") if (r := _range(book, k))],
        "performer": [r for k in node.all("author") if (r := say_practitioner(book, k.kid("assignedAuthor")))],
    }  # fmt: skip
    if text := words(node.kid("text"), book.texts):
        found["text"] = {"status": "additional", "div": div(text)}
    return book.add(node, found, "Observation -> Observation (C-CDA on FHIR)")


def _value(book: Book, node: Node) -> Json:
    value = node.kid("value")
    if node.negated:
        said = book.concept(value) or {}
        text = said.get("text") or next((c["code"] for c in said.get("coding", ())), "")
        return {"valueCodeableConcept": {"text": f"Not so: {text}" if text else "Not so"}}
    if value is None:
        return {}
    said = observed(book, value)
    if not said and (null := value.attrs.get("nullFlavor")):
        value.took()
        return {"dataAbsentReason": codes.status("data-absent-reason", codes.ABSENT_REASON.get(null, "unknown"))}
    return said


def observed(book: Book, value: Node) -> Json:
    """ANY -> value[x] by its xsi:type; {} when there is none."""
    kind = value.attrs.get("type", "").rpartition(":")[2]
    written = value.attrs.get("value", "").strip()
    if kind in ("CD", "CE", "CO", "CV", "CS") or not kind and "code" in value.attrs:
        concept = book.concept(value)
        return {"valueCodeableConcept": concept} if concept else {}
    if kind == "IVL_PQ":
        return _interval(value)
    if kind in ("PQ", "REAL", "MO") or not kind and written:
        amount = quantity(value)
        return {"valueQuantity": amount} if amount else {}
    if kind == "INT" and isinstance(n := number(written), int):
        value.took()
        return {"valueInteger": n}
    if kind == "BL" and written in ("true", "false"):
        value.took()
        return {"valueBoolean": written == "true"}
    if kind == "TS":
        return {"valueDateTime": at} if (at := book.when(value)) else {}
    if kind == "IVL_TS":
        return {"valuePeriod": period} if (period := book.period(value)) else {}
    if kind.startswith("RTO"):
        ratio = {k: q for k in ("numerator", "denominator") if (q := quantity(value.kid(k)))}
        return {"valueRatio": ratio} if len(ratio) == 2 else {}
    text = words(value, book.texts)
    return {"valueString": text} if text else {}


def _interval(value: Node) -> Json:
    """IVL_PQ -> Range, or a Quantity with a comparator when only one end is known."""
    low, high = value.kid("low"), value.kid("high")
    ends = {k: q for k, n in (("low", low), ("high", high)) if (q := quantity(n))}
    if len(ends) == 2:
        return {"valueRange": ends}
    for name, sign in (("low", ">"), ("high", "<")):
        if name in ends:
            end = value.kid(name)
            closed = end is not None and end.attrs.get("inclusive", "true") != "false"
            return {"valueQuantity": {**ends[name], "comparator": sign + "=" if closed else sign}}
    amount = quantity(value.kid("center"))
    return {"valueQuantity": amount} if amount else {}


def _range(book: Book, node: Node) -> Json | None:
    inner = node.kid("observationRange")
    if inner is None:
        return None
    value = inner.kid("value")
    found: Json = {k: q for k in ("low", "high") if value and (q := quantity(value.kid(k)))}
    text = words(inner.kid("text"), book.texts)
    if not text and value and value.text:
        value.took(End.TEXT)
        text = value.text
    return {**found, **({"text": text} if text else {})} or None
