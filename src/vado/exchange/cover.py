"""Cover sheets: print one, and lead what is scanned after it to its partner and its person. A code that is not known leads nowhere."""

from collections.abc import Callable
from dataclasses import replace

from vado.errors import NotFound, SettingsError
from vado.exchange.ports import Audit, Exchange, Settled, Transaction
from vado.exchange.sift import inherit
from vado.model.cover import Cover, code_of
from vado.model.fact import Fact
from vado.model.original import Arrival, Original, PartnerId, State
from vado.model.reading import Issue, issue
from vado.model.record import Viewer


def new_cover(x: Exchange, partner: PartnerId, person: str, viewer: Viewer, *, code: Callable[[], str]) -> Cover:
    """Make a cover sheet known; `code` gives 26 unguessable letters of base 32.

    Raises:
        SettingsError: CO-004, no such partner. NotFound: RE-001, no such person.
    """
    if partner not in x.profiles or x.covers is None:
        raise SettingsError("CO-004", partner=partner)
    cover = Cover(code(), partner, person, x.clock(), viewer.name)
    with x.store.begin() as tx:
        if person and tx.person(person) is None:
            raise NotFound("RE-001")
        tx.audit(Audit(x.clock(), viewer.name, "make-cover", person or partner))
    x.covers.add(cover)
    return cover


def routed(x: Exchange, child: Arrival) -> Arrival:
    """Give a document that followed a cover sheet to that sheet's partner, if that one takes scans from this sender."""
    cover = _cover(x, child.channel)
    return replace(child, partner=cover.partner) if cover and _takes(x, cover.partner, child.partner) else child


def under_cover(x: Exchange, tx: Transaction, settled: Settled) -> Settled:
    """Give facts that name nobody to the person of the cover sheet; where that may not be, say why and wait for a person."""
    if not code_of(settled.original.channel):
        return settled
    owner, fault = _owner(x, tx, settled.original)
    if fault:
        return replace(settled, state=State.WAITING, issues=(*settled.issues, fault))
    return replace(settled, facts=inherit(settled.facts, owner)) if owner else settled


def is_about_another(x: Exchange, tx: Transaction, settled: Settled) -> bool:
    """Say whether a document names a person who is, as linked now, not the one of its cover sheet; the issue is kept with it."""
    cover = _cover(x, settled.original.channel)
    named = [f.id for f in settled.facts if f.kind == "Patient" and f.patient == f.id]
    if not cover or not cover.person or not named or any(i.code == "IN-014" for i in settled.issues):
        return False
    if all(event.person == _now(tx, cover.person) for event in tx.links_of(named)):
        return False
    tx.settle(replace(settled, state=State.WAITING, issues=(*settled.issues, issue("IN-014"))))
    return True


def _owner(x: Exchange, tx: Transaction, original: Original) -> tuple[Fact | None, Issue | None]:
    """Find the partner's own patient whom the cover sheet means, or what is wrong."""
    cover = _cover(x, original.channel)
    if cover is None:
        return None, issue("IN-525")
    if cover.partner != original.partner:
        return None, issue("IN-526")
    person = tx.person(cover.person) if cover.person else None
    own = [p for p in person.patients if p.evidence.partner == cover.partner] if person else []
    if cover.person and not own:
        return None, issue("IN-527")
    return (own[0] if own else None), None


def _now(tx: Transaction, person: str) -> str:
    """Give the id that a person has now; the same where nothing was joined since."""
    found = tx.person(person)
    return found.id if found else person


def _cover(x: Exchange, channel: str) -> Cover | None:
    code = code_of(channel)
    return x.covers.get(code) if code and x.covers else None


def _takes(x: Exchange, partner: PartnerId, sender: PartnerId) -> bool:
    profile = x.profiles.get(partner)
    return partner == sender or (profile is not None and sender in profile.scans_from)
