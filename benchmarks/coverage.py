"""`python -m benchmarks coverage`: which rows of HL7's v2-to-FHIR mapping tables Vado carries; docs/explanation/mapping-coverage.md.

Nothing here is claimed, all of it is tried: for each row a message with only that field (or component) filled beside what its segment
needs is read with and without it. The row counts as carried when the facts differ.
"""

import csv
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import orjson

from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.terms.maps import rows as map_rows

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
MAPS = CORPUS / "hl7v2" / "v2-to-fhir-maps"
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "mapping-coverage.md"
_EVIDENCE = {"Provenance", "MessageHeader", "Bundle", "Basic", "Device", "EpisodeOfCare", "Account"}
_VALUES = {
    "XPN": "Doe^Jane^Q", "CX": "123^^^Auth^MR", "CWE": "C1^Words^L", "CE": "C1^Words^L", "CNE": "C1^Words^L", "DTM": "20260102030405+0100",
    "TS": "20260102030405+0100", "DT": "20260102", "NM": "7", "SI": "1", "ST": "words", "TX": "words", "FT": "words", "XAD": "Way 3^^Town^^11111^ES^H",
    "XTN": "^PRN^PH^^^^5551234", "XCN": "99^Pino^Clara", "XON": "House^^77", "PL": "W^1^2^H", "EI": "E1^NS", "EIP": "P1&NS^F1&NS", "CQ": "5^mg",
    "DR": "20260102^20260103", "NDL": "7&Pino&Clara", "DLD": "HOME", "DLN": "D1^ST", "FC": "C1", "HD": "Place", "RPT": "BID^twice a day^HL70335",
    "TQ": "1^^^202601020304^202601030304^S", "SPS": "SER^^^ARM", "OG": "1", "TM": "0930", "PLN": "P1^ST", "SNM": "5", "MSG": "ADT^A01", "PPN": "9^Pino^Clara",
    "varies": "5",
}  # fmt: skip
_SOME_CODES = ("F", "A", "Y", "S", "D", "1", "MO", "CM", "NW", "LAB", "DA", "I", "AU", "AV", "BOOKED", "G")
_PID = "PID|1||77^^^H^MR||Gil^Ana"
# segment -> (message, lines before it, its own necessary fields, lines behind it)
_AT: dict[str, tuple[str, list[str], dict[int, str], list[str]]] = {
    "PID": ("ADT^A01", [], {3: "77^^^H^MR", 5: "Gil^Ana"}, []), "PD1": ("ADT^A01", [_PID], {}, []),
    "NK1": ("ADT^A01", [_PID], {2: "Gil^Eva"}, []), "PV1": ("ADT^A01", [_PID], {2: "I", 19: "V1"}, []),
    "PV2": ("ADT^A01", [_PID, "PV1|1|I|||||||||||||||||V1"], {}, []), "AL1": ("ADT^A01", [_PID], {3: "A^Nut^L", 5: "rash"}, []),
    "IAM": ("ADT^A60", [_PID], {3: "A^Nut^L", 5: "rash"}, []), "DG1": ("ADT^A01", [_PID, "PV1|1|I|||||||||||||||||V1"], {3: "X^^L"}, []),
    "PR1": ("ADT^A01", [_PID], {3: "X^^L"}, []), "IN1": ("ADT^A01", [_PID], {3: "7", 4: "Payer"}, []), "ORC": ("ORM^O01", [_PID], {1: "NW", 12: "8^Mar^Leo", 21: "House"}, ["OBR|1|||X^Test^L"]),
    "OBR": ("ORU^R01", [_PID], {4: "X^Test^L", 15: "SER", 16: "8^Mar^Leo"}, ["OBX|1|NM|1^a^L||5"]), "OBX": ("ORU^R01", [_PID, "OBR|1|||X^Test^L"], {2: "NM", 3: "1^a^L", 5: "5", 23: "House"}, []),
    "SPM": ("ORU^R01", [_PID, "OBR|1|||X^Test^L"], {4: "SER"}, []), "NTE": ("ORU^R01", [_PID, "OBR|1|||X^Test^L", "OBX|1|NM|1^a^L||5"], {3: "said"}, []),
    "RXA": ("VXU^V04", [_PID, "ORC|RE"], {3: "20260101", 5: "08^HepB^CVX", 6: "1"}, []), "RXR": ("VXU^V04", [_PID, "ORC|RE", "RXA|0|1|20260101||08^HepB^CVX"], {}, []),
    "RXR of a pharmacy": ("RDE^O11", [_PID, "ORC|NW", "RXO|D^Drug^L"], {}, []),
    "RXO": ("RDE^O11", [_PID, "ORC|NW"], {1: "D^Drug^L", 2: "1", 11: "3", 18: "5"}, []), "RXE": ("RDE^O11", [_PID, "ORC|NW"], {2: "D^Drug^L"}, []),
    "TQ1": ("ORM^O01", [_PID, "ORC|NW"], {}, ["OBR|1|||X^Test^L"]), "TXA": ("MDM^T02", [_PID], {2: "DS"}, ["OBX|1|TX|1^a^L||words"]),
    "SCH": ("SIU^S12", [], {1: "A1"}, [_PID]), "AIS": ("SIU^S12", ["SCH|A1", _PID, "RGS|1"], {3: "S^Service^L"}, []),
    "AIG": ("SIU^S12", ["SCH|A1", _PID, "RGS|1"], {3: "R^Room^L"}, []), "AIL": ("SIU^S12", ["SCH|A1", _PID, "RGS|1"], {3: "W^1"}, []),
    "AIP": ("SIU^S12", ["SCH|A1", _PID, "RGS|1"], {3: "9^Pino^Clara"}, []), "PRT": ("ADT^A01", [_PID], {2: "AD", 4: "AT", 5: "9^Pino^Clara"}, []),
    "ROL": ("ADT^A01", [_PID], {2: "AD", 3: "AT", 4: "9^Pino^Clara"}, []), "MRG": ("ADT^A40", [_PID], {1: "88^^^H^MR"}, []),
}  # fmt: skip
# datatype -> the field that carries it: segment, field
_CARRIED = {
    "CX": ("PID", 3), "XPN": ("PID", 5), "XAD": ("PID", 11), "XTN": ("PID", 13), "CWE": ("DG1", 3), "XCN": ("PV1", 7), "XON": ("PD1", 3),
    "PL": ("PV1", 3), "EI": ("OBR", 2), "CQ": ("SPM", 12),
}  # fmt: skip


def coverage() -> str:
    """Try every row and write the page."""
    out = [_HEAD, "\n## Segment maps\n", "| map | rows that apply | carried | not carried |", "|-|-:|-:|-|"]
    total = carried = 0
    for path in sorted((MAPS / "segments").glob("*.csv")):
        name = _map_name(path)
        segment, _, target = name.partition("[")
        if target.rstrip("]").partition("-")[0] in _EVIDENCE or segment not in _AT:
            out.append(f"| {name} | - | - | {_why(segment, target)} |")
            continue
        rows = _rows(path)
        pharmacy = name.startswith("RXR[Medication")
        missing = [where for where, kind, vocabulary in rows if not _tried(segment, where, kind, vocabulary, pharmacy)]
        total, carried = total + len(rows), carried + len(rows) - len(missing)
        out.append(f"| {name} | {len(rows)} | {len(rows) - len(missing)} | {', '.join(missing)} |")
    out.append(f"| **all** | **{total}** | **{carried} ({carried / total:.0%})** | |")
    out += [
        "\n## Data type maps, through one field each\n",
        "| map | through | components that apply | carried | not carried |",
        "|-|-|-:|-:|-|",
    ]
    for path in sorted((MAPS / "datatypes").glob("*.csv")):
        name = _map_name(path)
        kind, _, target = name.partition("[")
        if kind in _CARRIED and target.rstrip("]").partition("-")[0] in _FOR[kind]:
            segment, field = _CARRIED[kind]
            components = sorted({int(w.rpartition(".")[2]) for w, _, _ in _rows(path) if w.rpartition(".")[2].isdigit()})
            missing = [f"{kind}.{n}" for n in components if not _component(segment, field, kind, n)]
            out.append(
                f"| {name} | {segment}-{field} | {len(components)} | {len(components) - len(missing)} | {', '.join(missing)} |"
            )
    text = "\n".join(out) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


_FOR = {
    "CX": {"Identifier"}, "XPN": {"HumanName"}, "XAD": {"Address"}, "XTN": {"ContactPoint"}, "CWE": {"CodeableConcept"}, "XCN": {"Practitioner"},
    "XON": {"Organization"}, "PL": {"Location"}, "EI": {"Identifier"}, "CQ": {"Quantity"},
}  # fmt: skip


def _map_name(path: Path) -> str:
    match = re.search(r"R4_ ([A-Z0-9]+)_(.*?)_? - ", path.name)
    return f"{match[1]}[{match[2]}]" if match else path.stem


def _why(segment: str, target: str) -> str:
    if target.rstrip("]").partition("-")[0] in _EVIDENCE:
        return "kept as evidence of every fact, or not as a resource of the record"
    return "the segment says nothing of its own" if segment in {"MSH", "MSA", "SFT", "EVN"} else "not read"


def _rows(path: Path) -> list[tuple[str, str, str]]:
    """Give (field or component, data type, concept map) of each row with a FHIR element, once each."""
    found: dict[str, tuple[str, str, str]] = {}
    for r in csv.reader(path.open(encoding="utf-8-sig", errors="replace")):
        if len(r) > 15 and re.fullmatch(r"[A-Z0-9]{2,3}[-.]\d+", r[1].strip()) and r[9].strip():
            found.setdefault(r[1].strip(), (r[1].strip(), r[3].strip(), r[15].strip()))
    return list(found.values())


def _tried(segment: str, where: str, kind: str, vocabulary: str, pharmacy: bool) -> bool:
    """Say whether filling this field changes the facts, with a value of its type or with one of its codes."""
    field = int(where.partition("-")[2])
    values = [_VALUES[kind]] if kind in _VALUES else []
    values += [*list(map_rows(vocabulary))[:2], *_SOME_CODES]
    without = _told(segment, {field: ""}, pharmacy)
    return any(_told(segment, {field: v}, pharmacy) != without for v in dict.fromkeys(values))


def _component(segment: str, field: int, kind: str, n: int) -> bool:
    written = "C1^Words^L^C2^More^L^^^^C3^Most^L" if kind == "CWE" else _VALUES[kind]
    whole = (written.split("^") + [""] * 25)[:25]
    for value in ("20260102", "A", "H", "SNM3", "words", "5551234", "99", "7", "NS&1.2.3&ISO", "MR", "LN", "PRN", "PH", "M", "2"):
        one = [*whole[: n - 1], value, *whole[n:]]
        none = [*whole[: n - 1], "", *whole[n:]]
        if _told(segment, {field: "^".join(one).rstrip("^")}) != _told(segment, {field: "^".join(none).rstrip("^")}):
            return True
    return False


_READER = Hl7v2Reader()


def _told(segment: str, fields: dict[int, str], pharmacy: bool = False) -> bytes:
    """Give the facts of a message in which this segment has these fields beside the necessary ones, ids left out."""
    event, before, needed, behind = _AT[segment if segment != "RXR" or not pharmacy else "RXR of a pharmacy"]
    filled = needed | fields
    line = "|".join([segment, *(filled.get(n, "") for n in range(1, max(filled, default=1) + 1))])
    text = "\r".join([f"MSH|^~\\&|A|B|C|D|20260101120000+0100||{event}|1|P|2.9", *before, line, *behind]) + "\r"
    content = text.encode()
    original = Original(original_id(content), PartnerId("b"), "b", "", datetime(2026, 1, 1, tzinfo=UTC))
    facts = _READER.facts(_READER.read(original, content, UNKNOWN), UNKNOWN).facts
    plain = orjson.dumps([f.resource for f in facts], option=orjson.OPT_SORT_KEYS)
    return re.sub(rb"[0-9a-f]{32}", b"", plain)


_HEAD = """# Which rows of HL7's mapping tables are carried

`python -m benchmarks coverage` writes this page from HL7's v2-to-FHIR mapping tables (segments and data types). Each row is tried, not claimed: a
message with only that field filled, beside what its segment needs, is read with and without it, and the row counts as carried when the facts differ.
A row *applies* when the table names a FHIR element for it. Rows of message headers and provenance are kept as the evidence of every fact."""
