"""The hand-made truth of letter sentences, and how a letter's candidates compare with it. Nothing here knows the rules."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vado.extract.letter import candidates
from vado.model.original import OriginalId
from vado.model.person import plain_letters
from vado.model.reading import Item, Place

HERE = Path(__file__).parent
NAMES = {
    "C": "Condition", "C?": "Condition", "A": "AllergyIntolerance", "A0": "AllergyIntolerance", "M": "MedicationStatement",
    "F": "FamilyMemberHistory", "P": "Procedure", "O": "Observation",
}  # fmt: skip


@dataclass
class Count:
    found: int = 0
    truth: int = 0
    false: int = 0


def rows(half: str, language: str = "") -> list[dict[str, str]]:
    with (HERE / "sentences.tsv").open(encoding="utf-8") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [r for r in table if r["half"] == half and language in ("", r["language"])]


def resources(heading: str, sentence: str) -> list[dict[str, Any]]:
    item = Item("line", f"{heading}: {sentence}", Place(OriginalId("0" * 64), "line 1"))
    return [c.resource for c in candidates([item])]


def compare(row: dict[str, str]) -> tuple[list[str], list[str], list[str]]:
    """Give (truths found, truths missed, resources that are false)."""
    told = resources(row["heading"], row["sentence"])
    found, missed = [], []
    for truth in filter(None, row["truth"].split(" && ")):
        hit = next((r for r in told if same(truth, r)), None)
        (found if hit else missed).append(truth)
        if hit:
            told.remove(hit)
    return found, missed, [str(r) for r in told]


def same(truth: str, r: dict[str, Any]) -> bool:
    kind, _, rest = truth.partition(":")
    name, _, more = rest.rstrip("]").partition("[")
    wanted = dict(pair.split("=", 1) for pair in more.split(",") if pair)
    if r["resourceType"] != NAMES[kind] or (kind == "C?") != ("provisional" in str(r.get("verificationStatus"))):
        return False
    return _named(name, _text(r)) and all(plain_letters(v) in plain_letters(_value(k, r)) for k, v in wanted.items())


def _named(name: str, text: str) -> bool:
    text = plain_letters(text)
    return name in text and len(text.split()) <= len(name.split()) + 4


def _text(r: dict[str, Any]) -> str:
    if r["resourceType"] == "FamilyMemberHistory":
        return r["condition"][0]["code"]["text"]
    return (r.get("code") or r["medicationCodeableConcept"])["text"]


def _value(name: str, r: dict[str, Any]) -> str:
    dosage = (r.get("dosage") or [{}])[0]
    repeat = dosage.get("timing", {}).get("repeat", {})
    reaction = (r.get("reaction") or [{}])[0]
    bounds = repeat.get("boundsDuration", {})
    dose = (dosage.get("doseAndRate") or [{}])[0].get("doseQuantity", {})
    quantity = r.get("valueQuantity", {})
    parts = [str(c["valueQuantity"]["value"]) for c in r.get("component", ())]
    measured = "/".join(parts) or r.get("valueString") or f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
    return {
        "date": r.get("performedDateTime", ""), "onset": r.get("onsetDateTime", ""), "who": r.get("relationship", {}).get("text", ""),
        "reaction": str(reaction.get("manifestation", "")), "severity": reaction.get("severity", ""), "status": r.get("status", ""),
        "per": f"{repeat.get('frequency', '')}/{repeat.get('period', '')}{repeat.get('periodUnit', '')}",
        "prn": "yes" if dosage.get("asNeededBoolean") else "", "route": dosage.get("route", {}).get("text", ""),
        "for": f"{bounds.get('value', '')}{bounds.get('code', '')}", "dose": f"{dose.get('value', '')} {dose.get('unit', '')}",
        "value": re.sub(r"\.0$", "", measured),
    }[name]  # fmt: skip


def total(half: str, language: str = "") -> dict[str, Count]:
    """Count by kind of resource; '' is all."""
    counts: dict[str, Count] = {}
    for row in rows(half, language):
        found, missed, false = compare(row)
        for truth in found + missed:
            for key in ("", NAMES[truth.partition(":")[0]]):
                count = counts.setdefault(key, Count())
                count.truth += 1
                count.found += truth in found
        for text in false:
            kind = re.search(r"'resourceType': '(\w+)'", text)
            for key in ("", kind[1] if kind else "?"):
                counts.setdefault(key, Count()).false += 1
    return counts
