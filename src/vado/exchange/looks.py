"""Who looked at anything of a person, when and why: one line for what one of them did on one day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from vado.exchange import allow
from vado.exchange.consents import GLASS_LASTS
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, ConsentKind, Relation, RelationKind, Role
from vado.model.original import PartnerId
from vado.model.person import Person
from vado.model.record import Viewer
from vado.tools.written import day_of

_LINES = 500  # of the trail, looked through for one page
_BY_ITSELF = {"vado", "rule"}  # reading in what arrived: nobody looked


@dataclass(frozen=True, slots=True)
class Look:
    """What one person or program did with somebody's record on one day."""

    line: int  # of the trail, the newest: by it one can ask
    day: str  # YYYY-MM-DD, by the clock of the place
    first: datetime
    last: datetime
    who: str  # as the audit trail calls them
    org: PartnerId  # for whom they work; "": for no partner
    role: Role
    actions: tuple[tuple[str, int], ...]  # (action, how often), the most frequent first
    why: str  # 'own', 'proxy', 'glass', 'declared', 'observed', 'shared', 'sent', 'operator', 'machine', ''
    reason: str = ""  # in their own words
    said: tuple[tuple[str, str], ...] = ()  # what they said before they looked: (one of accounts.WHYS, their own words or "")


def looks(x: Exchange, person_id: str, viewer: Viewer, before: int | None = None) -> tuple[tuple[Look, ...], int | None]:
    """Give a page of who looked, the newest first, and from where the next page goes on; None: there is none.

    Raises:
        NotFound: RE-001.
    """
    with x.store.begin() as tx:
        person = tx.person(person_id)
        allow.read(x, tx, viewer, person, "accesses.read")
        if person is None:
            return (), None
        lines = tx.accesses.lines(subjects=subjects_of(tx, person), before=before, limit=_LINES)
        tx.audit(Audit(x.clock(), viewer.name, "read-accesses", person_id))
        days = _by_day(((n, a) for n, a in lines if a.who not in _BY_ITSELF), x.zone)
        ours = [p.id for p in person.patients]
        because = _Because(tx, person, tx.accounts.relations_to(ours), viewer)
        found = tuple(_look(day, some, because) for day, some in days)
    return found, lines[-1][0] if len(lines) == _LINES else None


def subjects_of(tx: Transaction, person: Person) -> set[str]:
    """Give all that the trail calls this person and what is known of them."""
    ours = [p.id for p in person.patients]
    facts = tx.facts_about(ours)
    originals = {f"{f.evidence.partner}/{f.evidence.original}" for f in facts}
    return {person.id, *ours, *(f.id for f in facts), *originals}


def account_of(tx: Transaction, who: str) -> Account | None:
    """Give the account that the audit trail means."""
    return tx.accounts.named(who) or tx.accounts.get(who)


def org_of(tx: Transaction, who: str) -> PartnerId:
    """Give the partner for whom somebody looked; "": those who run this place."""
    kind, _, partner = who.partition(":")
    if kind in {"send", "partner"} and partner:
        return PartnerId(partner)
    account = account_of(tx, who)
    return account.partner if account and account.role in {Role.PRACTITIONER, Role.CLIENT} else PartnerId("")


def _by_day(lines: Iterable[tuple[int, Audit]], zone: tzinfo) -> list[tuple[str, list[tuple[int, Audit]]]]:
    """Put together what one did on one day by the clock of the zone: (day, lines), in the order of the newest of each."""
    found: dict[tuple[str, str], list[tuple[int, Audit]]] = {}
    for n, event in lines:
        found.setdefault((day_of(event.at, zone), event.who), []).append((n, event))
    return sorted(((day, some) for (day, _), some in found.items()), key=lambda d: (d[0], d[1][0][0]), reverse=True)


def _look(day: str, some: list[tuple[int, Audit]], because: "_Because") -> Look:
    events = [e for _, e in some]
    who, times = events[0].who, [e.at for e in events]
    account = account_of(because.tx, who)
    actions = Counter(e.action for e in events).most_common()
    why, reason = because.of(events, account)
    role = account.role if account else Role.MACHINE
    return Look(
        some[0][0], day, min(times), max(times), who, org_of(because.tx, who), role, tuple(actions), why, reason,
        because.said(events, account),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Because:
    """Why somebody might look at one person: what ties them."""

    tx: Transaction
    person: Person
    relations: tuple[Relation, ...]  # to this person
    viewer: Viewer

    def of(self, events: list[Audit], account: Account | None) -> tuple[str, str]:
        """Give (why, reason in their words)."""
        who = events[0].who
        if who == self.viewer.name:
            return "own", ""
        if who.startswith("send:"):
            return "sent", ""
        if account is None:
            return ("observed", "") if who.startswith("partner:") else ("machine", "")
        return self._tied(events, account)

    def said(self, events: list[Audit], account: Account | None) -> tuple[tuple[str, str], ...]:
        """Give what they said, in the sessions in which they looked, that they look for; each once, the first first."""
        if account is None or account.role is not Role.PRACTITIONER:
            return ()
        sessions = [r for r in self.tx.accounts.relations_to([account.id]) if r.kind is RelationKind.SESSION]
        held = (next((r for r in reversed(sessions) if _during(r, e.at)), None) for e in sorted(events, key=lambda e: e.at))
        told = dict.fromkeys(r.reason for r in held if r)
        return tuple((why, words) for why, _, words in (reason.partition(": ") for reason in told))

    def _tied(self, events: list[Audit], account: Account) -> tuple[str, str]:
        ties = [r for r in self.relations if r.account == account.id and any(_during(r, e.at) for e in events)]
        glass = [r for r in ties if r.kind is RelationKind.GLASS]
        if glass:
            return "glass", glass[-1].reason
        if account.role is Role.OPERATOR:
            said = [r for r in self.tx.accounts.relations_of(account.id) if r.kind is RelationKind.REASON]
            said = [r for r in said if any(_during(r, e.at) and e.subject == r.subject for e in events)]
            return "operator", said[-1].reason if said else ""
        if account.role in {Role.CITIZEN, Role.CARER}:
            own = account.patient in {p.id for p in self.person.patients}
            return ("own", "") if own and account.patient else ("proxy", "")
        if any(r.kind is RelationKind.DECLARED for r in ties):
            return "declared", ""
        if account.partner in {p.evidence.partner for p in self.person.patients}:
            return "observed", ""
        shared = self.tx.accounts.consents(p.id for p in self.person.patients)
        is_shared = any(c.kind is ConsentKind.SHARE and c.partner == account.partner for c in shared)
        return ("shared", "") if is_shared else ("", "")


def _during(relation: Relation, at: datetime) -> bool:
    until = relation.until or at
    if relation.kind is RelationKind.GLASS:
        until = min(until, relation.since + GLASS_LASTS)
    return relation.since <= at <= until
