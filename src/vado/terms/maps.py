"""Standard concept maps: a code of one system as a code of another. FHIR R4 ConceptMap, equivalence 'equivalent' or 'equal'."""

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def translate(concept_map: str, code: str) -> dict[str, str] | None:
    """Give the Coding that a map holds for a code, {'system', 'code'}; None when it holds none.

    Args:
        concept_map: the map's name as in HL7 v2-to-FHIR, 'MaritalStatus', 'PatientClass[EncounterClass]'.
        code: the code as sent; case counts.
    """
    found = _maps().get(concept_map, {}).get(code)
    return dict(found) if found else None


def map_names() -> list[str]:
    """List the maps."""
    return sorted(_maps())


def rows(concept_map: str) -> dict[str, dict[str, str]]:
    """Give a whole map: code -> Coding."""
    return {code: dict(coding) for code, coding in _maps().get(concept_map, {}).items()}


@cache
def _maps() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in _rows("v2-to-fhir.csv"):
        found.setdefault(row["map"], {})[row["code"]] = {"system": row["system"], "code": row["fhir"]}
    return found


def table_system(table: str, code: str) -> str:
    """Give the URL of an HL7 v2 table ('0085') when the code is one of the table's own; '' when it is not: then nobody says whose it is."""
    if table == "0296" and _LANGUAGE.fullmatch(code):
        return "urn:ietf:bcp:47"
    return f"http://terminology.hl7.org/CodeSystem/v2-{table}" if code in _tables().get(table, ()) else ""


@cache
def _tables() -> dict[str, frozenset[str]]:
    return {row["table"]: frozenset(row["codes"].split()) for row in _rows("v2-tables.csv")}


def _rows(name: str) -> Iterable[dict[str, str]]:
    return csv.DictReader((files("vado.terms") / "concept_maps" / name).read_text("utf-8").splitlines())
