"""The URL of each well-known code system and identifier system, by OID, HL7 v2 mnemonic or URL."""

import csv
import re
from functools import cache
from importlib.resources import files

_TABLE = re.compile(r"(?:HL7\s?|2\.16\.840\.1\.113883\.12\.)(\d{1,4})")
_OLD_URL = re.compile(r"https?://(?:www\.)?hl7\.org/fhir/(v[23])/([A-Za-z0-9]+)/?")
_V2_TABLE = re.compile(r"http://terminology\.hl7\.org/CodeSystem/v2-(\d{4})")
_MNEMONIC = re.compile(r"[A-Za-z0-9_]{2,20}")
_THO = "http://terminology.hl7.org/CodeSystem/"


def system_url(name: str) -> str | None:
    """Give the URL that FHIR uses for a system; None when it is not known.

    Args:
        name: an OID with or without 'urn:oid:', an HL7 v2 mnemonic ('LN', 'I10C', 'HL70203'), a usual name
            ('SNOMED CT'), or a URL in one of its usual spellings; case and outer blanks do not matter.

    A local name ('L', '99ABC') is not known: look in the partner's profile. An OID that is not known may still
    be used as it is, 'urn:oid:...'.
    Source: FHIR R4 terminologies-systems and identifier-registry; HL7 v2 table 0396; see README.md in this folder.
    """
    key = name.strip().casefold().removeprefix("urn:oid:")
    return _known().get(key) or _hl7_table(key.upper()) or _old_hl7_url(name.strip())


def _hl7_table(key: str) -> str | None:
    """HL70001, 2.16.840.1.113883.12.1 -> the v2 table, if there is one of this number. v2 table 0396, row HL7nnnn."""
    match = _TABLE.fullmatch(key)
    url = f"{_THO}v2-{match[1].zfill(4)}" if match else ""
    return url if url.casefold() in _known() else None


def _old_hl7_url(name: str) -> str | None:
    """http://hl7.org/fhir/v2/0203 and /v3/ActCode (before R4) -> HL7 Terminology."""
    match = _OLD_URL.fullmatch(name)
    return _known().get(f"{_THO}{match[1]}-{match[2]}".casefold()) if match else None


def oid_of(url: str) -> str | None:
    """Give the OID of a system that is named by its URL; None when it has none that we know."""
    if url.startswith("urn:oid:"):
        return url.removeprefix("urn:oid:")
    table = _V2_TABLE.fullmatch(url)
    return _oids().get(url) or (f"2.16.840.1.113883.12.{int(table[1])}" if table else None)


def v2_name(url: str) -> str | None:
    """Give what HL7 v2 calls a code system (table 0396): 'LN', 'SCT', 'HL70203'; None when it has no name there."""
    table = _V2_TABLE.fullmatch(url)
    return f"HL7{table[1]}" if table else _names().get(url)


@cache
def _oids() -> dict[str, str]:
    rows = [*_rows("systems.csv"), *_rows("hl7_oids.csv")]
    return {row["url"]: row["oid"] for row in reversed(rows) if row["oid"]}  # the first named holds


@cache
def _names() -> dict[str, str]:
    firsts = ((row["url"], row["names"].partition("|")[0]) for row in _rows("systems.csv"))
    return {url: name for url, name in firsts if _MNEMONIC.fullmatch(name)}


@cache
def _known() -> dict[str, str]:
    """Every name in lower case -> URL."""
    known = {row["oid"]: row["url"] for row in _rows("hl7_oids.csv")}
    for row in _rows("systems.csv"):
        known |= {name.casefold(): row["url"] for name in (row["oid"], row["url"], *row["names"].split("|")) if name}
    return {url.casefold(): url for url in known.values()} | known


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("vado.terms") / name).read_text("utf-8").splitlines()))
