"""ADT^A31: who the person is, allergies (AL1), problems (DG1), procedures (PR1). HL7 v2.5.1 chapter 3.3.31, 6.5.2, 6.5.4.

These segments know no status: whatever is not simply so (resolved, refuted, not done) must not stand in them, and is a loss.
"""

from typing import Any

from vado.model.record import Kind
from vado.outgoing.hl7v2 import values as v
from vado.outgoing.hl7v2.draft import Draft, no_visit, pid
from vado.outgoing.hl7v2.er7 import segment
from vado.record import words
from vado.record.outward import Told, left_out
from vado.record.reconcile import is_no_known_allergy

_TYPE = {"medication": "DA", "food": "FA", "environment": "EA", "biologic": "AA"}  # table 0127
_SEVERITY = {"severe": "SV", "moderate": "MO", "mild": "MI"}  # table 0128
_CRITICALITY = {"high": "SV", "low": "MI"}
_STANDING = {"confirmed", "unconfirmed", "provisional", "differential", ""}
_ACTIVE = {"active", "recurrence", "relapse", ""}


def person_update(d: Draft) -> list[str]:
    """Give the segments of the message, without MSH and EVN."""
    said: dict[str, list[str]] = {"AL1": [], "DG1": [], "PR1": []}
    writers = {Kind.ALLERGY: ("AL1", _al1), Kind.PROBLEM: ("DG1", _dg1), Kind.PROCEDURE: ("PR1", _pr1)}
    for told in d.view.told:
        name, write = writers.get(told.kind, ("", None))
        if write and (line := write(d, told, str(len(said[name]) + 1))):
            said[name].append(line)
    return [pid(d), no_visit(), *said["AL1"], *said["DG1"], *said["PR1"]]


def _al1(d: Draft, told: Told, number: str) -> str | None:
    a = told.fact.resource
    if _code(a, "clinicalStatus") not in _ACTIVE or _code(a, "verificationStatus") not in _STANDING:
        return d.refuse(told.fact, "AL1 cannot say that it is over or not so")
    if is_no_known_allergy(told.fact) and told.fact is not told.line.shown:
        return d.refuse(told.fact, "AL1 cannot show that another source names an allergy")
    if not (what := v.ce(words.concept(a, d.view.index), d.names)) or not any(what):
        return d.refuse(told.fact, "AL1 needs to be told what of")
    reactions = a.get("reaction", ())
    severities = {r["severity"] for r in reactions if r.get("severity")}
    worst = next((s for s in _SEVERITY if s in severities), "")
    shown = [words.text(m) for r in reactions for m in r.get("manifestation", ())]
    grade = _SEVERITY.get(worst) or ("" if reactions else _CRITICALITY.get(a.get("criticality", ""), ""))
    also = ["criticality"] if a.get("criticality") and (worst or reactions or not grade) else []
    also += ["verificationStatus"] if _code(a, "verificationStatus") not in ("confirmed", "") else []
    also += ["reaction"] if len(severities) > 1 or any(map(_says_more, reactions)) else []
    also += _more_codes(a.get("code", {}))
    d.take(told.fact, left_out(told.fact, _AL1, also))
    category = next(iter(a.get("category", ())), "")
    fields = {1: number, 2: _TYPE.get(category, ""), 3: what, 4: grade, 5: [s for s in shown if s]}
    return segment("AL1", fields | {6: v.ts(a.get("onsetDateTime"))[:8]})


def _says_more(reaction: dict[str, Any]) -> bool:
    """AL1-5 is plain text: codes of a reaction, and all but its words and severity, have no place."""
    return bool(reaction.keys() - {"manifestation", "severity"}) or any(
        m.get("coding") for m in reaction.get("manifestation", ())
    )


_AL1 = {"code", "clinicalStatus", "verificationStatus", "type", "criticality", "reaction", "onsetDateTime"}


def _dg1(d: Draft, told: Told, number: str) -> str | None:
    c = told.fact.resource
    verified = _code(c, "verificationStatus")
    if _code(c, "clinicalStatus") not in _ACTIVE or verified not in _STANDING or c.keys() & _OVER:
        return d.refuse(told.fact, "DG1 cannot say that it is over or not so")
    what = v.ce(c.get("code", {}), d.names)
    if not any(what):
        return d.refuse(told.fact, "DG1 needs to be told what")
    onset = c.get("onsetDateTime") or c.get("onsetPeriod", {}).get("start")
    also = ["onsetPeriod.end"] if c.get("onsetPeriod", {}).get("end") else []
    working = "W" if verified in {"unconfirmed", "provisional", "differential"} else "F"  # table 0052
    also += ["verificationStatus (sent as a working diagnosis)"] if working == "W" else []
    d.take(told.fact, left_out(told.fact, _DG1, also + _more_codes(c.get("code", {}))))
    return segment("DG1", {1: number, 3: what, 5: v.ts(onset), 6: working, 19: v.ts(c.get("recordedDate"))})


_DG1 = {"code", "clinicalStatus", "verificationStatus", "onsetDateTime", "onsetPeriod", "recordedDate"}
_OVER = {"abatementDateTime", "abatementPeriod", "abatementAge", "abatementRange", "abatementString"}


def _pr1(d: Draft, told: Told, number: str) -> str | None:
    p = told.fact.resource
    at = p.get("performedDateTime") or p.get("performedPeriod", {}).get("start")
    what = v.ce(p.get("code", {}), d.names)
    if p.get("status") not in {"completed", "unknown"}:
        return d.refuse(told.fact, "PR1 cannot say that it was not done")
    if told.fact.kind != "Procedure" or not any(what) or not v.ts(at):
        return d.refuse(told.fact, "PR1 needs to be told what, and when")
    also = ["performedPeriod.end"] if p.get("performedPeriod", {}).get("end") else []
    d.take(told.fact, left_out(told.fact, _PR1, also + _more_codes(p.get("code", {}))))
    return segment("PR1", {1: number, 3: what, 5: v.ts(at)})


_PR1 = {"code", "status", "performedDateTime", "performedPeriod"}


def _more_codes(concept: dict[str, object]) -> list[str]:
    return ["code (more than two)"] if v.dropped_codes(concept) else []


def _code(resource: dict[str, object], element: str) -> str:
    found = resource.get(element)
    codings = found.get("coding", ()) if isinstance(found, dict) else ()
    return next((c["code"] for c in codings if c.get("code")), "")
