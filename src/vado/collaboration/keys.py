"""What each answer of a questionnaire is called in every form that it takes: one key for columns, links and boxes."""

import re
from dataclasses import dataclass

from vado.model.person import plain_letters
from vado.model.survey import Instrument

CANNOT = "dk"  # how 'I can't say' is written in files
BLOCK = "block:"  # before the id of a question: a column or box that says that it gets in the way
_NAMES = {
    "role": {"role", "rol", "who", "papel"},
    "voice": {"voice", "voz", "organisation", "organization", "organizacion", "group", "grupo"},
    "blocks": {"blocks", "bloqueos"},
    "missing": {"missing", "quien falta"},
    "day": {"day", "date", "dia", "fecha", "submissiondate", "submitdate", "datestamp", "submission time"},
    "instance": {"instance", "instanceid", "key", "id", "uuid"},
    "round": {"round", "ronda"},
    "instrument": {"instrument", "questionnaire"},
}
_NAMED = {name: key for key, names in _NAMES.items() for name in names}
# what ODK Central, Kobo and LimeSurvey add: never needed here
_PASSED = {
    "start", "end", "today", "intro", "instancename", "reviewstate", "devicename", "deviceid", "edits", "formversion", "attachmentspresent",
    "attachmentsexpected", "status", "version", "lastpage", "startlanguage", "seed", "startdate", "index", "tags", "notes",
    "validation status", "parent key", "submitted by", "interviewtime", "refurl",
}  # fmt: skip
_WHO = {
    "submitterid", "submittername", "username", "submitted by", "token", "ipaddr", "email", "name", "firstname", "lastname",
    "phonenumber", "subscriberid", "simserial",
}  # fmt: skip


def importance_of(dimension: str) -> str:
    """Name what says how much a dimension matters."""
    return f"{dimension}_importance"


def instrument_named(instrument: Instrument) -> str:
    """Name a questionnaire with its version, as rounds do: 'ford|1'."""
    return f"{instrument.id}|{instrument.version}"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading means: one of our keys, somebody's name, something of no meaning here, or nothing that is known."""

    key: str = ""
    person: bool = False
    passed: bool = False


def heading(text: str, instrument: Instrument) -> Heading:
    """Understand a heading: 'pur1', 'PUR-pur1', 'PUR/pur1', 'PUR[pur1]', 'pur1. People in ...', 'blocks/pur1', 'meta-instanceID'."""
    known = {k.casefold(): k for k in (*instrument.items, *(importance_of(d.id) for d in instrument.dimensions))}
    parts = [p.strip().casefold() for p in re.split(r"[-/\[\]:.]|\s{1,}", text.strip()) if p.strip()]
    if not parts:
        return Heading(passed=True)
    if parts[0] in _NAMES["blocks"] and len(parts) > 1:
        return Heading(BLOCK + known[parts[-1]]) if parts[-1] in known else Heading(passed=True)
    for part in (parts[-1], *parts[:2]):
        if part in known:
            return Heading(known[part])
    last, whole = (plain_letters(t).replace("_", " ").strip() for t in (parts[-1], text))
    if last.endswith(("stem practitioner", "stem manager", "stem citizen")):
        return Heading(passed=True)
    for name in (whole, last):
        if name in _NAMED:
            return Heading(_NAMED[name])
    if whole in _WHO or last in _WHO:
        return Heading(person=True)
    return Heading(passed=whole in _PASSED or last in _PASSED)


def letter(column: int) -> str:
    """Name a column as spreadsheets do: 0 is A. A heading could be a value where the headings are missing."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
