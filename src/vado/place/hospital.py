"""The hospital: HL7 v2.5 ADT, ORU and MDM with a letter inside; some messages come in one batch file."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import TYPE_CHECKING

from vado.place.clinic import NO_ALLERGY, Truth
from vado.place.people import CITY, Citizen
from vado.place.sheets import letter_pdf

if TYPE_CHECKING:
    from vado.place.town import Copy

_ZONE = "+0100"


def messages(copies: list[Copy], chance: Random) -> dict[str, bytes]:
    """Write the hospital's files."""
    files: dict[str, bytes] = {}
    batch: list[str] = []
    for n, copy in enumerate(copies, 1):
        admission = adt(copy, n, "A01")
        later = adt(copy, n, "A08") if chance.random() < 0.3 else adt(copy, n, "A03")
        results = [oru("HIS", "hospital", copy, t, n, k) for k, t in enumerate(_tests(copy), 1)]
        results += [oru("HIS", "hospital", copy, t, n, k, early=True) for k, t in enumerate(_tests(copy), 1) if (n + k) % 5 == 0]
        if n % 4 == 0:
            batch += [admission, later, *results]
            continue
        files[f"hospital/adt-{n:04}.hl7"] = admission.encode()
        files[f"hospital/adt-{n:04}-b.hl7"] = later.encode()
        for k, result in enumerate(results, 1):
            files[f"hospital/oru-{n:04}-{k}.hl7"] = result.encode()
        if n % 8 == 1:
            files[f"hospital/mdm-{n:04}.hl7"] = mdm(copy, n).encode()
    if batch:
        whole = "\r".join(
            [
                "FHS|^~\\&|HIS|HOSPITAL|VADO|PLACE|20261101080000",
                "BHS|^~\\&|HIS",
                *(m.rstrip("\r") for m in batch),
                "BTS|1",
                "FTS|1",
            ]
        )
        files["hospital/night-batch.hl7"] = f"{whole}\r".encode()
    return files


def adt(copy: Copy, n: int, event: str) -> str:
    """An admission, an update or a discharge, with allergies and diagnoses."""
    when = {"A01": "20261020093000", "A08": "20261021110000", "A03": "20261024120000"}[event]
    ended = "20261024113000" if event == "A03" else ""
    lines = [
        _msh("HIS", "HOSPITAL", f"ADT^{event}", f"H{n}{event}", when), f"EVN|{event}|{when}", _pid(copy, "HOSP"),
        f"PV1|1|I|WARD{n % 5}^{n % 30}^1^HOSPITAL||||D{n % 9}^Pino^Clara^^^Dr||||||||||||V{n:05}^^^HOSP^VN|||||||||||||||||||||||||20261020090000|{ended}",
    ]  # fmt: skip
    k = 0
    for t in copy.truths:
        if t.kind == "AllergyIntolerance" and t.thing is not NO_ALLERGY:
            lines.append(f"AL1|1|DA|{t.thing.code}^{t.thing.en}^SCT|MO|")
    for t in copy.truths:
        if t.kind == "Condition":
            k += 1
            lines.append(f"DG1|{k}||{t.thing.other}^{t.thing.en}^I10||{t.date.replace('-', '')}|W")
    return "\r".join(lines) + "\r"


def oru(application: str, facility: str, copy: Copy, t: Truth, n: int, k: int, *, early: bool = False) -> str:
    """A result. Some came `early` too: preliminary, with a value that the final message corrects."""
    day = t.date.replace("-", "")
    order = f"{facility[:1].upper()}{n:05}{k}"
    value, status, hour = (f"{float(t.value) + 1:.1f}", "P", "11") if early else (t.value, "F", "15")
    return "\r".join([
        _msh(application, facility.upper(), "ORU^R01", f"{order}{status}", f"{day}{hour}0000"), _pid(copy, "HOSP" if facility == "hospital" else "LAB"),
        f"ORC|RE|{order}P|{order}", f"OBR|1|{order}P|{order}|24323-8^Chemistry panel^LN|||{day}080000{_ZONE}|||||||||||||||{day}143000{_ZONE}||LAB|{status}",
        f"OBX|1|NM|{t.thing.code}^{t.thing.en}^LN||{value}|{t.thing.unit}^{t.thing.unit}^UCUM|{t.thing.low:g}-{t.thing.high:g}||||{status}|||{day}080000{_ZONE}",
    ]) + "\r"  # fmt: skip


def mdm(copy: Copy, n: int) -> str:
    """A discharge letter as PDF inside a message."""
    pdf = letter_pdf(copy, spanish=copy.citizen.spanish, clinical=False)
    return "\r".join([
        _msh("HIS", "HOSPITAL", "MDM^T02", f"M{n}", "20261025100000"), "EVN|T02|20261025100000", _pid(copy, "HOSP"),
        f"PV1|1|I|WARD{n % 5}||||||||||||||||V{n:05}^^^HOSP^VN",
        f"TXA|1|DS^Discharge summary|AP|20261025100000{_ZONE}|||||D{n % 9}^Pino^Clara|||DOC{n:05}^HOSP|||||AU",
        f"OBX|1|ED|18842-5^Discharge summary^LN||HIS^AP^PDF^Base64^{b64encode(pdf).decode()}||||||F",
    ]) + "\r"  # fmt: skip


def _tests(copy: Copy) -> list[Truth]:
    return [t for t in copy.truths if t.kind == "Observation"]


def _msh(application: str, facility: str, kind: str, control: str, when: str) -> str:
    return f"MSH|^~\\&|{application}|{facility}|VADO|PLACE|{when}{_ZONE}||{kind}|{control}|P|2.5|||||||UNICODE UTF-8"


def _pid(copy: Copy, authority: str) -> str:
    c: Citizen = copy.citizen
    numbers = [f"{copy.number}^^^{authority}^MR"]
    numbers += [f"{copy.nhs}^^^NHS^NH"] if copy.nhs else []
    numbers += [f"{copy.dni}^^^DNI^NNESP"] if copy.dni else []
    sex = "F" if c.gender == "female" else "M"
    multiple = "Y" if c.twin else ""
    return (
        f"PID|1||{'~'.join(numbers)}||{c.surname}^{c.given}^^^^^L||{c.birth:%Y%m%d}|{sex}|||{c.street}^^{CITY}^^{c.postcode}^ES^H"
        f"||^PRN^PH^^^^{c.phone}|||||||||||{multiple}"
    )
