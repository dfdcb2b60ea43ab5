"""Datatypes to FHIR elements. HL7 v2.9 chapter 2A; HL7 v2-to-FHIR, data type maps.

Each converter gets the components of one repetition, still escaped, and the message; it gives a JSON value, or None when
they say nothing. `TAKES` names the components that each understands; the rest goes to the ledger.
"""

import re
from binascii import unhexlify
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from vado.incoming.hl7v2.message import NULL, Message, Segment
from vado.model.fact import FhirJson

V2 = "http://terminology.hl7.org/CodeSystem/v2-"
TYPE_SYSTEM = V2 + "0203"
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})")
_ESCAPE = re.compile(r"\\([^\\\r\n]{0,200})\\")
_ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "P": "#", "H": "", "N": ""}
_NAME_USE = {
    "L": "official", "D": "usual", "M": "maiden", "N": "nickname", "A": "anonymous", "S": "anonymous", "P": "official",
    "C": "usual", "BAD": "old", "NAV": "temp", "TEMP": "temp", "K": "usual", "B": "official",
}  # fmt: skip # table 0200
_ADDRESS_USE = {
    "H": "home",
    "B": "work",
    "O": "work",
    "C": "temp",
    "TM": "temp",
    "V": "temp",
    "BA": "old",
    "BI": "billing",
}  # table 0190
_ADDRESS_TYPE = {"M": "postal", "SH": "postal", "P": "physical"}
_TELECOM = {
    "PH": "phone", "FX": "fax", "CP": "phone", "BP": "pager", "INTERNET": "email", "X.400": "email", "MD": "phone", "SAT": "phone",
    "TDD": "phone", "TTY": "phone",
}  # fmt: skip # table 0202
_TELECOM_USE = {
    "PRN": "home",
    "ORN": "home",
    "WPN": "work",
    "VHN": "temp",
    "PRS": "mobile",
    "EMR": "home",
    "ASN": "work",
}  # table 0201
GENDER = {
    "F": "female",
    "M": "male",
    "O": "other",
    "A": "other",
    "N": "other",
    "C": "other",
    "X": "other",
    "U": "unknown",
}  # table 0001


def plain(text: str) -> str:
    """Take escape sequences away (HL7 v2 chapter 2.7); '' for null."""
    text = text.strip()
    if "\\" in text:
        return _ESCAPE.sub(_unescaped, text)
    return "" if text == NULL else text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if (known := _ESCAPES.get(code)) is not None:
        return known
    if code[:1] == "X" and len(code) % 2:
        try:
            raw = unhexlify(code[1:])
        except ValueError:
            return match[0]
        return "\n" if raw in (b"\r", b"\n", b"\r\n") else raw.decode("utf-8", "replace")
    return "\n" if code.startswith((".br", ".sp", ".ce", ".in", ".ti", ".fi", ".nf", ".sk")) else match[0]


def part(c: list[str], n: int) -> str:
    """Give the n-th component, its first subcomponent, unescaped; '' when it says nothing."""
    if n > len(c):
        return ""
    found = c[n - 1]
    if not found or found.isalnum():  # nothing to take away: the usual case
        return found
    return plain(found.partition("&")[0] if "&" in found else found)


_PAD = [""] * 24


def clean(c: list[str]) -> list[str]:
    """Give the first subcomponent of each component, unescaped, and enough empty ones behind: component n is at n - 1."""
    return [x if x.isalnum() else plain(x.partition("&")[0] if "&" in x else x) if x else x for x in c] + _PAD


def sub(c: list[str], n: int, m: int) -> str:
    """Give the m-th subcomponent of the n-th component, unescaped."""
    if n > len(c) or not c[n - 1]:
        return ""
    parts = c[n - 1].split("&")
    return plain(parts[m - 1]) if m <= len(parts) else ""


def text(c: list[str], m: Message) -> str | None:
    """ST, TX, FT: all of it as text; separators that a sender forgot to escape stay as they are."""
    return plain("^".join(c)) or None


def code(c: list[str], m: Message) -> str | None:
    """ID, IS: the code alone."""
    return part(c, 1) or None


def number(text: str) -> int | float | None:
    """NM -> a JSON number; None when it is none. HL7 v2 chapter 2A.46."""
    found = text.strip()
    if not _NUMBER.fullmatch(found):
        return None
    return float(found) if "." in found else int(found)


def decimal(c: list[str], m: Message) -> int | float | None:
    """NM -> decimal."""
    return number(part(c, 1))


def positive(c: list[str], m: Message) -> int | None:
    """NM, SI -> positiveInt."""
    value = number(part(c, 1))
    return value if isinstance(value, int) and value > 0 else None


def boolean(c: list[str], m: Message) -> bool | None:
    """ID of table 0136 -> boolean."""
    return {"Y": True, "N": False, "1": True, "0": False}.get(part(c, 1).upper())


# Times


def when(c: list[str], m: Message) -> str | None:
    """DTM, TS, DT -> dateTime: the zone of the value, else of the message, else the partner's, else only the date. DTM[dateTime]."""
    return moment(plain(c[0]), m.zone, m.partner.timezone)


def day(c: list[str], m: Message) -> str | None:
    """DTM, DT -> date."""
    found = moment(plain(c[0]), m.zone, m.partner.timezone)
    return found[:10] if found else None


def instant(c: list[str], m: Message) -> str | None:
    """DTM -> instant; None when the time of day or its zone is not said."""
    found = moment(plain(c[0]), m.zone, m.partner.timezone)
    return found if found and "T" in found else None


def period(c: list[str], m: Message) -> FhirJson | None:
    """DR -> Period. DR[Period]."""
    ends = {name: at for n, name in ((1, "start"), (2, "end")) if (at := moment(part(c, n), m.zone, m.partner.timezone))}
    return ends or None


def clock(c: list[str], m: Message) -> str | None:
    """TM -> time."""
    digits = plain(c[0]).partition(".")[0].partition("+")[0].partition("-")[0]
    if len(digits) not in (2, 4, 6) or not digits.isdigit():
        return None
    full = digits.ljust(6, "0")
    ok = int(full[:2]) < 24 and int(full[2:4]) < 60 and int(full[4:]) < 60
    return f"{full[:2]}:{full[2:4]}:{full[4:]}" if ok else None


@lru_cache(8192)
def moment(written: str, zone: str, timezone: str | None) -> str | None:
    """Read YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ]; None when it is no date. HL7 v2 chapter 2A.21."""
    digits, offset = written, ""
    for mark in "+-":
        head, found, tail = digits.partition(mark)
        if found and head.replace(".", "").isdigit():
            digits, offset = head, mark + tail
            break
    digits = digits.partition(".")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 4:
        return None
    try:
        return _at_precision(digits, offset if is_offset(offset[1:]) else zone, timezone)
    except ValueError:
        return None


def is_offset(text: str) -> bool:
    """Say whether this is the ZZZZ of a time zone, up to 14 hours."""
    return len(text) == 4 and text.isascii() and text.isdigit() and int(text) <= 1400 and int(text[2:]) < 60


def _at_precision(digits: str, zone: str, timezone: str | None) -> str | None:
    n, year = len(digits), int(digits[:4])
    if not 1800 <= year <= 2200:
        return None
    if n < 6:
        return digits[:4]
    if n < 8:
        return f"{digits[:4]}-{digits[4:6]}" if 1 <= int(digits[4:6]) <= 12 else None
    on = date(year, int(digits[4:6]), int(digits[6:8])).isoformat()
    if n < 12 or (not zone and not timezone):
        return on
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:14] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return on
    at = f"{on}T{hour:02}:{minute:02}:{second:02}"
    return f"{at}{zone[:3]}:{zone[3:]}" if zone else _in_zone(at, timezone or "UTC")


def _in_zone(at: str, timezone: str) -> str:
    from datetime import datetime

    return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(timezone)).isoformat()


# People, places, numbers


def name(c: list[str], m: Message) -> FhirJson | None:
    """XPN, PN -> HumanName. XPN[HumanName]."""
    p = clean(c)
    made: FhirJson = {}
    if len(c) > 6 and (use := _NAME_USE.get(p[6].upper())):
        made["use"] = use
    if family := p[0]:
        own, prefix = (sub(c, 1, 3), sub(c, 1, 2)) if "&" in c[0] else ("", "")
        made["family"] = " ".join(x for x in (prefix, family) if x) if not own or own in family else family
    given = [g for g in (p[1], *p[2].split()) if g]
    if given:
        made["given"] = given
    for key, n in (("suffix", 4), ("prefix", 5), ("suffix", 6), ("suffix", 14)):
        if len(c) >= n and (told := p[n - 1]):
            made.setdefault(key, []).append(told)
    if len(c) > 9:
        ends = {k: at for n, k in ((12, "start"), (13, "end")) if (at := moment(p[n - 1], m.zone, m.partner.timezone))}
        if not ends and (span := c[9].split("&") if c[9] else []):
            ends = {
                k: at
                for k, x in zip(("start", "end"), span, strict=False)
                if (at := moment(plain(x), m.zone, m.partner.timezone))
            }
        if ends:
            made["period"] = ends
    return made if made.keys() - {"use", "period"} else None


def address(c: list[str], m: Message) -> FhirJson | None:
    """XAD, AD -> Address. XAD[Address]."""
    p = clean(c)
    made: FhirJson = {}
    kind = p[6].upper() if len(c) > 6 else ""
    if use := _ADDRESS_USE.get(kind):
        made["use"] = use
    if way := _ADDRESS_TYPE.get(kind):
        made["type"] = way
    street = p[0]
    if not street and c[0]:  # SAD: street name and dwelling number
        street = " ".join(x for x in (sub(c, 1, 3), sub(c, 1, 2)) if x)
    lines = [line for line in (street, p[1], p[18]) if line]
    if lines:
        made["line"] = lines
    for key, n in (("city", 3), ("state", 4), ("postalCode", 5), ("country", 6), ("district", 9)):
        if told := p[n - 1]:
            made[key] = told
    if len(c) > 11:
        ends = {k: at for n, k in ((13, "start"), (14, "end")) if (at := moment(p[n - 1], m.zone, m.partner.timezone))}
        if ends:
            made["period"] = ends
    if len(c) > 9 and (tract := p[9]):
        made["extension"] = [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-censusTract", "valueString": tract}]
    if made and not (made.keys() - {"use", "type", "period"}):
        return None
    if len(c) > 7 and (other := p[7]) and made:
        made["text"] = ", ".join([*made.get("line", ()), other, *(made[k] for k in ("city", "postalCode") if k in made)])
    return made or None


def telecom(c: list[str], m: Message, use: str = "") -> FhirJson | None:
    """XTN, TN -> ContactPoint; what is an e-mail by its form or type is one. XTN[ContactPoint]."""
    p = clean(c)
    kind = p[2].upper()
    system = _TELECOM.get(kind, "")
    whole, mail = p[0], p[3]
    local = " ".join(p for p in (p[5], p[6]) if p)
    if country := p[4].lstrip("+"):
        local = f"+{country} {local}" if local else ""
    if local and (extension := p[7]):
        local += f" X{extension}"
    value = (mail or whole) if system == "email" or (mail and not whole) else whole or p[11] or local or mail
    if not value:
        return None
    made: FhirJson = {"system": "email" if "@" in value else system or "phone", "value": value}
    told = "mobile" if kind == "CP" else _TELECOM_USE.get(p[1].upper(), use)
    if told:
        made["use"] = told
    if len(c) > 12:
        ends = {k: at for n, k in ((13, "start"), (14, "end")) if (at := moment(p[n - 1], m.zone, m.partner.timezone))}
        if ends:
            made["period"] = ends
        if rank := positive(c[17:18] or [""], m):
            made["rank"] = rank
    if note := p[8] if len(c) > 8 else "":
        made["extension"] = [{"url": "http://hl7.org/fhir/StructureDefinition/contactpoint-comment", "valueString": note}]
    return made


def annotation(c: list[str], m: Message) -> FhirJson | None:
    """FT, TX, ST -> Annotation."""
    told = plain("^".join(c))
    return {"text": told} if told else None


def gender(c: list[str], m: Message) -> str | None:
    """IS, CWE of table 0001 -> administrative gender."""
    told = part(c, 1).upper()
    return GENDER.get(told[:1]) if told else None


# Which components each converter understands; None: all.
TAKES: dict[str, frozenset[int] | None] = {
    "name": frozenset((1, 2, 3, 4, 5, 6, 7, 10, 12, 13, 14)),
    "address": frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 19)),
    "telecom": frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 18)),
    "code": frozenset((1,)), "decimal": frozenset((1,)), "positive": frozenset((1,)), "boolean": frozenset((1,)),
    "when": frozenset((1,)), "day": frozenset((1,)), "instant": frozenset((1,)), "period": frozenset((1, 2)),
    "clock": frozenset((1,)), "gender": frozenset((1,)), "text": None, "annotation": None,
}  # fmt: skip
# Components that say only how the value is written or checked: representation, assembly order, check digits, name context.
IGNORES: dict[str, frozenset[int]] = {
    "name": frozenset((8, 9, 11, 15)), "address": frozenset((11, 12, 20, 21, 22, 23)), "telecom": frozenset((10, 11, 15, 16)),
    "when": frozenset((2,)), "day": frozenset((2,)), "instant": frozenset((2,)),
}  # fmt: skip


def whole(s: Segment, field: int) -> str:
    """Give a field as text, unescaped, repetitions on lines of their own."""
    value = s.take(field)
    return "\n".join(plain(r) for r in value.split("~")).strip() if value else ""


def first(s: Segment, field: int, component: int = 1) -> str:
    """Give one component of the first repetition, unescaped; '' when it says nothing."""
    value = s.raw(field)
    return part(value.partition("~")[0].split("^"), component) if value else ""
