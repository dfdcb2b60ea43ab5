"""The plain reference of `tx.flow`: everything is counted from the beginning each time."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from vado.exchange.flow import flow_of, flows_of, grains
from vado.exchange.openings import last_looks
from vado.exchange.ports import Audit, Settled
from vado.model.account import Account
from vado.model.delivery import Delivery
from vado.model.flow import Flow, Grain, Heads, Of
from vado.model.original import PartnerId, State
from vado.model.person import Doubt, LinkEvent
from vado.model.review import WHOLE
from vado.model.said import CITIZEN

_HEX = 64  # letters of an original's id


@dataclass
class MemoryFlow:
    """Its functions give what the rest of the store has."""

    settled: Callable[[], Iterable[tuple[Settled, State]]]
    deliveries: Callable[[], Iterable[Delivery]]
    questions: Callable[[], Iterable[Doubt]]
    links: Callable[[], Iterable[LinkEvent]]
    trail: Callable[[], Iterable[Audit]]
    accounts: Callable[[], Iterable[Account]]
    noted: Heads | None = None

    def counted(
        self, of: Of, grain: Grain = Grain.ALL, *, since: str = "", partner: PartnerId | None = None
    ) -> tuple[tuple[Flow, int], ...]:
        """Give what was counted."""
        found: Counter[Flow] = Counter()
        each = [flows_of(s, state) for s, state in self.settled()] + [Counter({flow_of(d): 1}) for d in self.deliveries()]
        for flow, n in (item for counts in each for item in counts.items()):
            for g, day in grains(flow):
                if (flow.of, g) == (of, grain) and day >= since and partner in (None, flow.partner):
                    found[replace(flow, day=day)] += n
        return tuple((flow, n) for flow, n in sorted(found.items()) if n)

    def fold(self) -> int:
        """Nothing is noted one by one."""
        return 0

    def doubts(self) -> tuple[tuple[PartnerId, str, int], ...]:
        """Count doubts by partner and verdict."""
        found = Counter((d.partner, d.verdict) for d in self.questions())
        return tuple((partner, verdict, n) for (partner, verdict), n in sorted(found.items()))

    def count_persons(self) -> tuple[tuple[PartnerId, int, int], ...]:
        """Count the persons each partner tells of, and those whom another tells of too."""
        person = {e.patient: e.person for e in self.links()}
        told = {(f.evidence.partner, person[f.id]) for f in self._facts() if f.kind == "Patient" and f.id in person}
        partners = Counter(one for _, one in told)
        return tuple(
            (p, sum(q == p for q, _ in told), sum(q == p and partners[one] > 1 for q, one in told))
            for p in sorted({p for p, _ in told})
        )

    def count_told(self) -> tuple[tuple[PartnerId, str, int, int], ...]:
        """Count the persons told about, by partner, format and fidelity."""
        person = {e.patient: e.person for e in self.links()}
        told = {
            (s.original.partner, s.reading.reader.partition("/")[0], int(f.evidence.fidelity), person[f.patient])
            for s, _ in self.settled() if s.reading
            for f in s.facts if f.patient in person and f.kind not in (*WHOLE, "Patient")
        }  # fmt: skip
        found = Counter((partner, form, rung) for partner, form, rung, _ in told)
        return tuple((*key, n) for key, n in sorted(found.items()))

    def count_holdings(self) -> tuple[tuple[tuple[PartnerId, ...], int], ...]:
        """Count persons by all the partners that tell of them."""
        person = {e.patient: e.person for e in self.links()}
        by: dict[str, set[PartnerId]] = {}
        for f in self._facts():
            if f.kind == "Patient" and f.id in person:
                by.setdefault(person[f.id], set()).add(f.evidence.partner)
        return tuple(sorted(Counter(tuple(sorted(partners)) for partners in by.values()).items()))

    def count_openings(self, reader: PartnerId, since: datetime) -> tuple[tuple[PartnerId, int], ...]:
        """Count persons by who told what this partner opened."""
        person, found = {e.patient: e.person for e in self.links()}, set[tuple[PartnerId, str]]()
        told: dict[str, list[tuple[PartnerId, str, datetime]]] = {}  # by what the trail may call it
        for o, f in ((s.original, f) for s, _ in self.settled() for f in s.facts):
            if f.patient in person and f.evidence.partner != CITIZEN:
                names = [f.id, *([person[f.patient]] if f.kind == "Patient" else [])]
                names += [f"{o.partner}/{o.id}"] if len(o.id) == _HEX else []
                for name in names:
                    told.setdefault(name, []).append((o.partner, person[f.patient], o.received))
        for subject, at in last_looks(self.trail(), self.accounts(), reader, since).items():
            found |= {(source, one) for source, one, received in told.get(subject, ()) if source != reader and received <= at}
        return tuple(sorted(Counter(source for source, _ in found).items()))

    def note_heads(self, heads: Heads) -> None:
        """Keep what was counted of persons."""
        self.noted = heads

    def heads(self) -> Heads | None:
        """Give what was counted of persons last."""
        return self.noted

    def _facts(self):  # noqa: ANN202 - an iterator of facts
        return (f for s, _ in self.settled() for f in s.facts)
