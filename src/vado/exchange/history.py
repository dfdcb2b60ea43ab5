"""The whole story of one original: when it came, who read it by which version, what it said, whom it was linked to, what is open."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vado.errors import NotFound, VadoError
from vado.exchange.carried import Went, went
from vado.exchange.ports import Audit, Exchange, Row, Transaction
from vado.exchange.rows import Which, chosen
from vado.model.original import OriginalId, PartnerId
from vado.model.record import Viewer
from vado.model.traffic import Try
from vado.record.permit import may

_LOOKED = 1_000  # audit events looked at
_NAMED = {  # action of the audit trail -> what happened, as pages and the command say it
    "read-original": "reading settled",
    "reread-original": "reading settled anew",
    "slice-original": "cut in slices",
    "read": "looked at",
}


WORDS = (
    "received",
    *_NAMED.values(),
    "former reading kept",
    "asked whose record it is",
    "value decided",
    "patient: link",
    "patient: unlink",
)


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to it."""

    at: datetime  # aware, UTC
    what: str
    by: str = ""  # who or what did it
    about: str = ""  # an id, or the version of a reader; never a value


@dataclass(frozen=True, slots=True)
class Story:
    """One original, from its arrival till now."""

    row: Row
    read_by: str  # the reader and version in force, '' when there is none
    events: tuple[Happened, ...]  # oldest first
    facts: Mapping[str, int]  # FHIR type -> count
    doubts: int  # that it raised and that are open
    tried: Try | None  # what is noted of trying it again
    held: bool  # its partner is held: it waits for the release
    children: tuple[Row, ...]  # what was inside it
    went: tuple[Went, ...] = ()  # the deliveries that carried facts of it, oldest first; () for whoever may not know


def tell(x: Exchange, partner: PartnerId, original: OriginalId, viewer: Viewer) -> Story:
    """Tell the whole story of one original. Raises NotFound RE-003."""
    with x.store.begin() as tx:
        row = tx.row(partner, original)
        if row is None:
            raise NotFound("RE-003")
        seen = tx.audits(subject=f"{partner}/{original}", limit=_LOOKED)
        tx.audit(Audit(x.clock(), viewer.name, "read", f"{partner}/{original}"))
        facts = tx.facts_from(partner, original)
        doubts = tx.traffic.doubts_from(partner, original)
        patients = [f.id for f in facts if f.kind == "Patient"]
        events = [
            Happened(row.original.received, "received", partner, row.original.channel),
            *(Happened(a.at, _NAMED[a.action], a.who) for a in seen if a.action in _NAMED),
            *(Happened(f.at, "former reading kept", "", f.reader) for f in tx.former(partner, original)),
            *(Happened(d.at, "asked whose record it is", "", d.id) for d in doubts),
            *(Happened(d.at, "value decided", d.by, d.fact) for d in tx.decisions(facts=[f.id for f in facts])),
            *_links(tx, patients),
        ]
        return Story(
            row, tx.read_by(partner, original), tuple(sorted(events, key=lambda e: (e.at, e.what, e.about))),
            dict(sorted(Counter(f.kind for f in facts).items())), sum(not d.verdict for d in doubts),
            tx.traffic.tried(partner, original), any(h.partner == partner for h in tx.traffic.holds()),
            tx.children(partner, original), went(tx, row.original, facts) if may(viewer, "deliveries.trace") else (),
        )  # fmt: skip


def find(x: Exchange, beginning: str) -> tuple[Row, ...]:
    """Find the original whose id begins so: one row for each partner who sent it.

    Raises:
        NotFound: RE-003, there is none. VadoError: OP-006, there are several.
    """
    if not re.fullmatch(r"[0-9a-f]{6,64}", beginning):
        raise NotFound("RE-003")
    rows = tuple(chosen(x, Which(original=beginning)))
    if not rows:
        raise NotFound("RE-003")
    if len({r.original.id for r in rows}) > 1:
        raise VadoError("OP-006")
    return rows


def _links(tx: Transaction, patients: list[str]) -> list[Happened]:
    found = (event for patient in patients for event in tx.link_history(patient))
    return [Happened(e.at, f"patient: {e.kind.value}", e.by, e.person) for e in found]
