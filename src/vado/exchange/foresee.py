"""What a decision of a person would change, before it is made: who would see how much less or more. It asks the one decision that permits."""

from dataclasses import dataclass, replace

from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange
from vado.model.account import Consent, RelationKind, Role
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.said import CITIZEN
from vado.record.permit import Subject, permit


@dataclass(frozen=True, slots=True)
class Effect:
    """What one organisation could read of the record, before and after."""

    partner: PartnerId
    before: int  # entries
    after: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The consequence of a decision."""

    entries: int  # that it is about
    effects: tuple[Effect, ...]  # of organisations for which something changes
    keeps: tuple[PartnerId, ...]  # organisations that still see what they told themselves
    carers: int  # people who act for the person, and for whom it changes something too
    title: Fact | None = None  # the one entry that it is about


def foresee(x: Exchange, person_id: str, viewer: Viewer, *, adding: Consent | None = None, without: str = "") -> Foreseen:
    """Say what a decision, or taking one back (its id), would change; it is not made. Raises NotFound RE-001, NotPermitted AC-001."""
    with x.store.begin() as tx:
        person = tx.person(person_id)
        allow.read(x, tx, viewer, person, "consents.change")
        patients = tuple(p.id for p in person.patients) if person else ()
        partners = frozenset(p.evidence.partner for p in person.patients) if person else frozenset[PartnerId]()
        subject, now = Subject(frozenset(patients), partners), x.clock()
        facts = [f for f in tx.facts_about(patients) if f.kind != "Patient"]
        told = tx.accounts.consents(patients)
        proposed = tuple(c for c in told if c.id != without)
        proposed += (replace(adding, id="proposed", patients=patients, given=now),) if adding else ()
        told, proposed = ((*said, *allow.of_what_was_inside(tx, said, subject)) for said in (told, proposed))
        proxies = [
            r for r in tx.accounts.relations_to(patients) if r.kind is RelationKind.PROXY and (r.until is None or now < r.until)
        ]
        tx.audit(Audit(now, viewer.name, "foresee", person_id))
    effects, about = list[Effect](), set[str]()
    for partner in sorted({*x.profiles, *partners} - {CITIZEN}):
        one = Viewer("foresee", role=Role.PRACTITIONER, partner=partner)
        before, after = (
            {f.id for f in permit(one, "records.read", subject, said, (), now).shown(facts)} for said in (told, proposed)
        )
        about |= before ^ after
        if before != after:
            effects.append(Effect(partner, len(before), len(after)))
    carer = Viewer("foresee", role=Role.CARER)
    seen = [len(permit(carer, "records.read", subject, said, proxies, now).shown(facts)) for said in (told, proposed)]
    keeps = tuple(sorted({f.evidence.partner for f in facts if f.id in about} & {PartnerId(p) for p in x.profiles}))
    named = adding.fact if adding else next((c.fact for c in told if c.id == without), "")
    one_fact = next((f for f in facts if named and f.id == named), None)
    return Foreseen(len(about), tuple(effects), keeps, len(proxies) if seen[0] != seen[1] else 0, one_fact)
