"""The plain reference of `tx.flow`: everything is counted from the beginning each time."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from vado.exchange.flow import flow_of, flows_of, grains
from vado.exchange.monthly import BY_CITIZENS, DECIDED, MOST_HOURS, middle
from vado.exchange.openings import OF_ACCOUNTS, last_looks, looks_of
from vado.exchange.ports import Audit, Settled
from vado.model.account import Account
from vado.model.delivery import Delivery
from vado.model.flow import Flow, Grain, Heads, Monthly, Of
from vado.model.original import PartnerId, State
from vado.model.person import Doubt, LinkEvent
from vado.model.review import WHOLE
from vado.model.said import CITIZEN
from vado.terms.searching import dated

_HEX = 64  # letters of an original's id
_HOUR = 3_600_000  # milliseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class MemoryFlow:
    """Its functions give what the rest of the store has."""

    settled: Callable[[], Iterable[tuple[Settled, State]]]
    deliveries: Callable[[], Iterable[Delivery]]
    questions: Callable[[], Iterable[Doubt]]
    links: Callable[[], Iterable[LinkEvent]]
    trail: Callable[[], Iterable[Audit]]
    accounts: Callable[[], Iterable[Account]]
    dated: Callable[[], Iterable[tuple[int, tuple[tuple[int, int, int], ...]]]]
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

    def count_months(self) -> Monthly:
        """Count by month."""
        return Monthly(
            self._by_month(), self._lags(), _months(a.at for a in self.trail() if a.action.startswith(DECIDED)),
            _months(a.at for a in looks_of(self.trail(), self.accounts())), self._citizens(),
        )  # fmt: skip

    def _by_month(self) -> tuple[tuple[str, int, int], ...]:
        person, told = {e.patient: e.person for e in self.links()}, dict[str, dict[str, str]]()
        for s, _ in self.settled():
            month = _month(s.original.received)
            for f in s.facts:
                if f.kind == "Patient" and f.id in person and f.evidence.partner != CITIZEN:
                    mine = told.setdefault(person[f.id], {})
                    mine[f.evidence.partner] = min(month, mine.get(f.evidence.partner, month))
        began = [sorted(mine.values()) for mine in told.values()]
        one, two = Counter(b[0] for b in began), Counter(b[1] for b in began if len(b) > 1)
        return tuple((month, one[month], two[month]) for month in sorted({*one, *two}))

    def _lags(self) -> tuple[tuple[str, float, int], ...]:
        wanted, by = {date for _, date in dated()}, dict[str, list[tuple[int, int]]]()
        for number, dates in self.dated():
            for high in {high for parameter, _, high in dates if parameter in wanted}:
                late = number // 1000 - high
                if late >= 0 and late // _HOUR <= MOST_HOURS:
                    by.setdefault(_month(_EPOCH + timedelta(microseconds=number)), []).append((late // _HOUR, 1))
        return tuple((month, *middle(some)) for month, some in sorted(by.items()))

    def _citizens(self) -> tuple[tuple[str, int], ...]:
        ids = {a.id for a in self.accounts() if a.role.value in BY_CITIZENS}
        looked = {(_month(a.at), a.who) for a in self.trail() if a.who in ids and a.action in OF_ACCOUNTS}
        return tuple(sorted(Counter(month for month, _ in looked).items()))

    def note_heads(self, heads: Heads) -> None:
        """Keep what was counted of persons."""
        self.noted = heads

    def heads(self) -> Heads | None:
        """Give what was counted of persons last."""
        return self.noted

    def _facts(self):  # noqa: ANN202 - an iterator of facts
        return (f for s, _ in self.settled() for f in s.facts)


def _month(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:7]


def _months(times: Iterable[datetime]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(map(_month, times)).items()))
