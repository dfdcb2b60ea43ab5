"""The facts of one document while they are being said."""

import json
from datetime import datetime
from typing import Any

from vado.incoming.cda import values
from vado.incoming.cda.node import Node
from vado.incoming.cda.values import UNKNOWN, Json
from vado.model.fact import End, Evidence, Fact
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Place, Reading, issue


class Book:
    """Collects facts, issues and narrative; gives every fact its id and evidence."""

    def __init__(self, reading: Reading, partner: PartnerProfile) -> None:
        self.reading, self.partner = reading, partner
        self.document: str = reading.original  # becomes the document's own id when it has one
        self.patient: str | None = None
        self.asserted: datetime | None = None
        self.section = ""  # LOINC code of the section being said
        self.texts: dict[str, str] = {}
        self.facts: dict[str, Fact] = {}
        self.issues: list[Issue] = []
        self.ends: dict[tuple[str, str, str], int] = {}  # path, end, rule -> how often

    @property
    def subject(self) -> Json:
        """The reference to the patient; says 'unknown' when the original names nobody."""
        return {"reference": f"Patient/{self.patient}"} if self.patient else dict(UNKNOWN)

    def when(self, node: Node | None, name: str = "value") -> str | None:
        """TS -> dateTime; an impossible date is an issue and None."""
        text = node.attrs.get(name, "").strip() if node else ""
        if node is None or not text:
            return None
        said = values.moment(text, self.partner.timezone)
        if said is None:
            self.issues.append(issue("IN-012", self.place(node), form="YYYYMMDDHHMM+ZZZZ"))
        else:
            node.took()
        return said

    def period(self, node: Node | None) -> Json | None:
        """IVL_TS -> Period; None when neither end is known."""
        if node is None:
            return None
        ends = {"start": self.when(node.kid("low")), "end": self.when(node.kid("high"))}
        start, end, high = ends["start"], ends["end"], node.kid("high")
        if (
            start and end and high and end[: len(start)] < start[: len(end)]
        ):  # FHIR per-1; some systems write 'none' as the year 1
            ends["end"] = None
            high.took(End.NOT_UNDERSTOOD)
            self.issues.append(issue("IN-020", self.place(high), path="Period.end"))
        return {k: v for k, v in ends.items() if v} or None

    def timing(self, node: Node | None, name: str) -> Json:
        """TS or IVL_TS -> {name + 'DateTime': ...} or {name + 'Period': ...}; {} when unknown."""
        if at := self.when(node) or self.when(node.kid("center") if node else None):
            return {f"{name}DateTime": at}
        period = self.period(node)
        return {f"{name}Period": period} if period else {}

    def concept(self, node: Node | None) -> Json | None:
        """CD -> CodeableConcept, its originalText looked up in the narrative."""
        return values.concept(node, self.texts)

    def place(self, node: Node) -> Place:
        """Where it stands."""
        return Place(self.reading.original, node.path)

    def key(self, node: Node) -> tuple[str, ...]:
        """Give what names this entry in the partner's books: its first full id, with what it is about and when."""
        for one in node.all("id"):
            root, extension = one.attrs.get("root", ""), one.attrs.get("extension", "")
            if root and (extension or values._UUID.match(root)):
                return (root, extension, _about(node))
        return (self.document, node.path)

    def add(self, node: Node, resource: Json, rule: str, key: tuple[str, ...] = (), personal: bool = True) -> Json:
        """Keep a fact and give the reference to it. The same thing told twice is one fact with two places."""
        kind = resource["resourceType"]
        scope = (self.patient or self.document,) if personal else ()
        key = key or self.key(node)
        resource = {k: v for k, v in resource.items() if v not in (None, "", [], {})}
        if personal and kind not in ("Composition", "DocumentReference") and (ids := values.identifiers(node.all("id"))):
            resource["identifier"] = ids
        fid = stable_id(self.partner.id, kind, *scope, *key)
        known = self.facts.get(fid)
        if known is not None and {**known.resource, "id": ""} != {**resource, "id": ""}:
            for extra in (("", json.dumps(resource, sort_keys=True)), (self.document, node.path)):
                fid = stable_id(self.partner.id, kind, *scope, *key, *extra)
                known = self.facts.get(fid)
                if known is None or {**known.resource, "id": ""} == {**resource, "id": ""}:
                    break
        if known is None:
            self.keep({"resourceType": kind, "id": fid, **resource}, node, rule, self.patient if personal else None)
        return {"reference": f"{kind}/{fid}"}

    def keep(self, resource: Json, node: Node, rule: str, patient: str | None) -> None:
        """Keep a finished resource with its evidence."""
        evidence = Evidence(self.partner.id, self.reading.original, (self.place(node),), self.reading.reader, rule,
                            _fidelity(resource), asserted=self.asserted)  # fmt: skip
        self.facts[resource["id"]] = Fact(resource, evidence, patient)


def _about(node: Node) -> str:
    """What an entry is about and when: tells entries apart that wrongly share an id."""
    drug = node.kid("consumable", "manufacturedProduct", "manufacturedMaterial", "code")
    some = [node.kid("code"), node.kid("value"), drug, *node.all("effectiveTime"), node.kid("effectiveTime", "low")]
    return "|".join([f"{n.attrs.get('code', '')}^{n.attrs.get('value', '')}" if n else "" for n in some])


def _fidelity(resource: Json) -> Fidelity:
    main: Any = next((resource[k] for k in ("code", "medicationCodeableConcept", "vaccineCode", "type") if k in resource), None)
    concepts = main if isinstance(main, list) else [main]
    coded = any(str(c.get("system", "")).startswith("http") for m in concepts if isinstance(m, dict) for c in m.get("coding", ()))
    return Fidelity.CODED if coded else Fidelity.STRUCTURED
