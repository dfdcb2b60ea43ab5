"""Code systems as their publishers pack them, one concept at a time: SNOMED CT RF2, LOINC, ICD-10, RxNorm. None is shipped; the licence is yours.

Source: SNOMED CT Release File Specification 5.2.1.2 (description file); LOINC Users' Guide, LoincTableCore; CDC order file of ICD-10-CM; WHO
ClaML 2.0; Spanish ministry's CIE-10-ES as CSV; RxNorm technical documentation, RXNCONSO.RRF.
"""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.errors import SettingsError
from vado.model.term import Concept

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICD10, RXNORM = "http://hl7.org/fhir/sid/icd-10", "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_FSN, _ACTIVE = "900000000000003001", "1"


def concepts(kind: str, path: Path) -> Iterator[Concept]:
    """Give the active concepts of a file, a folder or a zip, streamed.

    Args:
        kind: 'snomed', 'loinc', 'icd10', 'rxnorm', or 'csv' (columns system, code, display, language).
        path: the file as published, the folder or zip it came in.

    Raises:
        SettingsError: TE-002, nothing of that kind is there.
    """
    pattern, read = _KINDS[kind]
    found = False
    for name, file in _files(path, pattern):
        for concept in read(name, file):
            found = True
            yield concept
    if not found:
        raise SettingsError("TE-002", kind=kind, fault="no concept was found in it")


def _files(path: Path, pattern: tuple[str, ...]) -> Iterator[tuple[str, IO[str]]]:
    """Open what fits: the file itself, or the files of a folder or zip whose names begin or end so."""
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.is_file() and _fits(one.name, pattern):
                with one.open(encoding="utf-8-sig", newline="") as file:
                    yield one.name, file
    elif path.suffix.lower() == ".zip":
        try:
            with ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    if _fits(name.rpartition("/")[2], pattern):
                        with archive.open(name) as raw:
                            yield name, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        except BadZipFile:
            raise SettingsError("TE-002", kind="zip", fault="it cannot be opened") from None
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield path.name, file


def _fits(name: str, pattern: tuple[str, ...]) -> bool:
    return any(p.casefold() in name.casefold() for p in pattern)


def _snomed(name: str, file: IO[str]) -> Iterator[Concept]:
    """Descriptions: synonyms are names to show; the fully specified name ends in a tag and is left."""
    for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("active") == _ACTIVE and row.get("typeId") not in (None, _FSN):
            yield Concept(SNOMED, row["conceptId"], row["term"], row.get("languageCode") or "en")


def _loinc(name: str, file: IO[str]) -> Iterator[Concept]:
    for row in csv.DictReader(file):
        if row.get("LOINC_NUM") and row.get("STATUS", "ACTIVE") in ("ACTIVE", "TRIAL", ""):
            yield Concept(LOINC, row["LOINC_NUM"], row.get("LONG_COMMON_NAME") or row.get("COMPONENT") or "", "en")


def _icd10(name: str, file: IO[str]) -> Iterator[Concept]:
    """ClaML, the CDC's order file (fixed columns), or code and text with a separator (CIE-10-ES)."""
    head = file.read(200)
    file.seek(0)
    if "<" in head[:100]:
        yield from _claml(file)
    elif head[:5].isdigit():
        for line in file:
            code, shown = line[6:14].strip(), line[77:].strip() or line[16:76].strip()
            if code:
                yield Concept(ICD10_CM, code if len(code) < 4 else f"{code[:3]}.{code[3:]}", shown, "en")
    else:
        delimiter = next((d for d in "\t;|" if d in head), ",")
        for row in csv.reader(file, delimiter=delimiter):
            if len(row) > 1 and row[0][:1].isalpha() and row[0][1:2].isdigit():
                yield Concept(ICD10, row[0].strip(), row[1].strip(), "es" if "es" in name.casefold() else "en")


def _claml(file: IO[str]) -> Iterator[Concept]:
    raw = io.BytesIO(file.read().encode())
    for _, el in etree.iterparse(raw, tag="Class", resolve_entities=False, no_network=True, load_dtd=False):
        shown = next((" ".join("".join(r.itertext()).split()) for r in el.findall("Rubric") if r.get("kind") == "preferred"), "")
        if el.get("kind") == "category" and shown:
            yield Concept(ICD10, el.get("code"), shown, "en")
        el.clear()


def _rxnorm(name: str, file: IO[str]) -> Iterator[Concept]:
    """RXNCONSO.RRF: columns RXCUI, LAT, ..., SAB (11), TTY (12), CODE (13), STR (14), ..., SUPPRESS (16)."""
    for line in file:
        row = line.rstrip("\n").split("|")
        if len(row) > 16 and row[11] == "RXNORM" and row[16] not in ("O", "Y"):
            yield Concept(RXNORM, row[0], row[14], "en")


def _plain(name: str, file: IO[str]) -> Iterator[Concept]:
    for row in csv.DictReader(file):
        if row.get("system") and row.get("code") and row.get("display"):
            yield Concept(row["system"], row["code"], row["display"], row.get("language") or "en")


_KINDS: dict[str, tuple[tuple[str, ...], Callable[[str, IO[str]], Iterator[Concept]]]] = {
    "snomed": (("sct2_Description_Snapshot",), _snomed), "loinc": (("LoincTableCore.csv", "Loinc.csv"), _loinc),
    "icd10": ((".xml", ".txt", ".csv"), _icd10), "rxnorm": (("RXNCONSO.RRF",), _rxnorm), "csv": ((".csv",), _plain),
}  # fmt: skip
KINDS = tuple(_KINDS)
