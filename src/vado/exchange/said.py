"""What people hand over about themselves, as it is read: it belongs to the person of the account, whatever it names.

A letter that a person photographed is read like any other, but whose it is, is not guessed from its words: it is theirs, or, where
it plainly names another human being, it is nobody's until a person has looked.
"""

from dataclasses import replace

from vado.exchange.ports import Exchange, Settled, Transaction
from vado.exchange.sift import owned
from vado.model.fact import NAMES_PERSON, Fact, FhirJson
from vado.model.original import Original, OriginalId, State, stable_id
from vado.model.person import MatchGrade
from vado.model.reading import issue
from vado.model.said import CHANNEL, CITIZEN, SAID_BY, WHOSE, voice_of

_DEEPEST = 8


def as_said(x: Exchange, tx: Transaction, settled: Settled) -> Settled:
    """Give what was inside a person's contribution to that person; everything else stays as it is."""
    o = settled.original
    if o.partner != CITIZEN or not settled.facts:
        return settled
    if o.channel == CHANNEL:
        return replace(settled, facts=tuple(map(_as_document, settled.facts)))
    owner = _owner(tx, o)
    if owner is None or _names_another(x, tx, settled, owner):
        return replace(settled, facts=(), state=State.WAITING, issues=(*settled.issues, issue("IN-014")))
    facts = (f for f in settled.facts if f.kind not in {"Patient", "Provenance"})
    whole = next((f for f in tx.facts_from(o.partner, o.parent or o.id) if f.id == document_id(o.id, owner.id)), None)
    return replace(settled, facts=tuple(_given(f, owner, whole) for f in facts))


def document_id(original: OriginalId, patient: str) -> str:
    """Name what a person handed over, before and after it was read: the same file of two people is two documents."""
    return stable_id(CITIZEN, "DocumentReference", original, patient)


def whose(fact: Fact, original: Original) -> str:
    """Give the patient by whom a contribution names its person; "": this is none. Only what these pages themselves made is believed."""
    if original.partner != CITIZEN or original.channel != CHANNEL:
        return ""
    numbers = fact.resource.get("identifier", ())
    return next((n.get("value", "") for n in numbers if n.get("system") == WHOSE), "")


def _as_document(fact: Fact) -> Fact:
    """Name the document that comes with a contribution as it is named once it has been read."""
    files = [c.get("attachment", {}).get("url", "") for c in fact.resource.get("content", ()) if isinstance(c, dict)]
    if fact.kind != "DocumentReference" or not files or not fact.patient:
        return fact
    named = document_id(OriginalId(files[0].removeprefix("Binary/")), fact.patient)
    return Fact({**fact.resource, "id": named}, fact.evidence, fact.patient)


def _owner(tx: Transaction, original: Original) -> Fact | None:
    """Find the person's own Patient in the contribution that this came in."""
    for _ in range(_DEEPEST):
        if original.parent is None:
            return None
        owners = [f for f in tx.facts_from(original.partner, original.parent) if f.kind == "Patient" and f.patient == f.id]
        row = tx.row(original.partner, original.parent)
        if owners or row is None:
            return owners[0] if len(owners) == 1 and row and row.original.channel == CHANNEL else None
        original = row.original
    return None


def _names_another(x: Exchange, tx: Transaction, settled: Settled, owner: Fact) -> bool:
    named = [x.normalise(f) for f in settled.facts if f.kind == "Patient"]
    links = tx.links_of((owner.id,))
    person = tx.person(links[0].person) if links else None
    known = tx.demographics(p.id for p in person.patients) if person else ()
    return any(m.grade is MatchGrade.CERTAINLY_NOT for one in named for m in x.match(one, [d for d in known if d.birth_date]))


def _given(fact: Fact, owner: Fact, whole: Fact | None) -> Fact:
    """Give a fact read in a letter to the person; the letter as a whole becomes the document that they said it is."""
    evidence = replace(fact.evidence, asserted=fact.evidence.asserted or owner.evidence.asserted)
    resource: FhirJson = {**fact.resource, "meta": _tagged(fact.resource.get("meta", {}), voice_of(owner) or "")}
    if whole and fact.kind == "DocumentReference" and fact.id == stable_id(CITIZEN, fact.kind, evidence.original):
        resource |= {"id": whole.id} | {k: whole.resource[k] for k in ("description", "author") if k in whole.resource}
    if fact.patient is None and fact.kind not in NAMES_PERSON:
        return Fact(resource, evidence, None)
    return owned(Fact(resource, evidence, fact.patient), owner.id)


def _tagged(meta: FhirJson, voice: str) -> FhirJson:
    return {**meta, "tag": [*meta.get("tag", ()), {"system": SAID_BY, "code": voice}]}
