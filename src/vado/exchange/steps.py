"""The next best step: the one change at one partner that would lift most facts, or join most people, with its reckoning.

Pure: from counts to a ranked list. A step is worth its *rungs*: one fact that rises by one rung of the fidelity ladder is worth one, so
a hundred scanned results that would come as fields are worth two hundred. What a reckoning cannot know it says: `sure` is False where
the number is an expectation or an upper bound, and `rows` are the counts that it rests on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from gettext import NullTranslations

from vado.exchange.losses import fix_of
from vado.model.flow import Flow
from vado.model.original import PartnerId
from vado.model.reading import Fidelity

MOST_CODES = 10  # that a person maps, or explains, at one sitting
_ENOUGH = 0.8  # share of the facts that these have to reach: fewer codes will do
FEWEST = 5  # a code as sent that came less often is named to nobody: a rare text may say whose it is
_ASK = {  # from this rung: where the same facts would be read if the partner sent them otherwise
    Fidelity.IMAGE: Fidelity.FIELDS,
    Fidelity.TEXT: Fidelity.FIELDS,
    Fidelity.FIELDS: Fidelity.STRUCTURED,
}


class Kind(StrEnum):
    """What a person would do."""

    MAP = "map"
    ASK = "ask"
    DOUBTS = "doubts"
    DESK = "desk"
    EXPLAIN = "explain"
    REREAD = "reread"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the pages, with its Spanish: as it is said of one, and of any other number, of what stands in a slot."""

    one: str
    more: str = ""  # "": it counts nothing
    slot: str = "facts"

    def said(self, words: NullTranslations, slots: Mapping[str, object]) -> str:
        """Say it in the language of `words`: it is translated first, then its slots are filled."""
        text = words.ngettext(self.one, self.more, int(str(slots[self.slot]))) if self.more else words.gettext(self.one)
        return text.format(**slots)


DO = {  # what to do
    Kind.MAP: Words("Map {n} code of {partner}", "Map {n} codes of {partner}", "n"),
    Kind.ASK: Words("Ask {partner} to send {how} instead of {format}"),
    Kind.DOUBTS: Words("Settle {n} doubt about people of {partner}", "Settle {n} doubts about people of {partner}", "n"),
    Kind.DESK: Words("Review {n} value that {partner} sent on paper", "Review {n} values that {partner} sent on paper", "n"),
    Kind.EXPLAIN: Words(
        "Say in the profile of {partner} what {n} kind of element means",
        "Say in the profile of {partner} what {n} kinds of element mean", "n",
    ),
    Kind.REREAD: Words(
        "Read {n} original of {partner} again with today's reader", "Read {n} originals of {partner} again with today's reader", "n"
    ),
    Kind.REPAIR: Words(
        "Repair what keeps {n} original of {partner} from being read ({code})",
        "Repair what keeps {n} originals of {partner} from being read ({code})", "n",
    ),
}  # fmt: skip
GAIN = {  # what comes of it
    Kind.MAP: (Words("{facts} fact rises to {then}", "{facts} facts rise to {then}"),),
    Kind.ASK: (Words("{facts} fact rises from {now} to {then}", "{facts} facts rise from {now} to {then}"),),
    Kind.DOUBTS: (
        Words(
            "about {people} person becomes one with who they are", "about {people} people become one with whom they are", "people"
        ),
        Words("{facts} fact stands in one record", "{facts} facts stand in one record"),
    ),
    Kind.DESK: (
        Words("{facts} value becomes a fact once a person has looked", "{facts} values become facts once a person has looked"),
    ),
    Kind.EXPLAIN: (Words("at most {facts} fact more", "at most {facts} facts more"),),
    Kind.REREAD: (
        Words("at most {facts} element comes to be understood", "at most {facts} elements come to be understood"),
        Words("a dry run says how many"),
    ),
    Kind.REPAIR: (Words("about {facts} fact more", "about {facts} facts more"),),
}
WHY = {  # how it was reckoned
    Kind.MAP: "These codes came without a standard one. With a map that a person accepted, their originals are read again.",
    Kind.ASK: "What this format holds is read at this rung now; the same would be read higher in the other form.",
    Kind.DOUBTS: "Doubts answered here: {answered}; of these the same person: {same}. That share of the open ones, times the facts per person.",
    Kind.DESK: "Nothing read from paper counts before a person said so.",
    Kind.EXPLAIN: "Elements that no line of the profile explains; several of them may make one fact.",
    Kind.REREAD: "They were read by an earlier version, which did not understand these elements.",
    Kind.REPAIR: "As many facts as an original of this partner holds on average.",
}
HOW = {  # in which form a partner would send the same
    Fidelity.FIELDS: "tables or fillable forms",
    Fidelity.STRUCTURED: "messages (HL7 v2, FHIR, CDA)",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One change at one partner."""

    kind: Kind
    partner: PartnerId
    facts: int  # that would rise, or be there at all
    rungs: float  # what all of it is worth: facts times rungs
    people: int = 0  # whom it is about; 0: not known
    format: str = ""
    now: Fidelity | None = None
    then: Fidelity | None = None
    sure: bool = True  # False: an expectation, or at most so many
    rows: tuple[tuple[str, int], ...] = ()  # what the number is made of, most first
    code: str = ""  # of the failure
    same: int = 0  # of `answered` doubts
    answered: int = 0

    @property
    def n(self) -> int:
        """How many things a person would look at: codes, doubts, values, originals."""
        return len(self.rows) if self.kind in {Kind.MAP, Kind.EXPLAIN} else sum(n for _, n in self.rows)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is counted of one partner as a whole."""

    partner: PartnerId
    persons: int = 0
    doubts: int = 0  # open
    desk: int = 0  # values from paper that wait
    failures: Mapping[str, int] = field(default_factory=dict)  # held originals by code


@dataclass(frozen=True, slots=True)
class Stock:
    """All that steps of one partner are reckoned from."""

    seen: Seen
    values: tuple[tuple[Flow, int], ...] = ()
    unmapped: tuple[tuple[Flow, int], ...] = ()
    lost: tuple[tuple[Flow, int], ...] = ()
    stale: tuple[tuple[Flow, int], ...] = ()  # originals read by an earlier version
    told: Mapping[tuple[str, int], int] = field(default_factory=dict)  # (format, fidelity) -> persons
    read: Mapping[str, int] = field(default_factory=dict)  # format -> originals that were read
    same: int = 0  # of the doubts answered
    answered: int = 0


def sentences(step: Step, words: NullTranslations) -> tuple[str, str, str]:
    """Say what to do, what comes of it and how it was reckoned, in the language of `words`."""
    slots: dict[str, object] = {
        name: getattr(step, name) for name in ("n", "partner", "facts", "people", "format", "code", "same", "answered")
    }
    slots |= {name: words.gettext(rung.name.lower()) if rung else "" for name, rung in (("now", step.now), ("then", step.then))}
    slots["how"] = words.gettext(HOW[step.then]) if step.then and step.then in HOW else ""
    gain = "; ".join(part.said(words, slots) for part in GAIN[step.kind])
    return DO[step.kind].said(words, slots), gain, words.gettext(WHY[step.kind]).format(**slots)


def steps(stocks: Iterable[Stock]) -> tuple[Step, ...]:
    """Rank every single change, the most rungs first; of as many, the partner's name and the kind decide."""
    ways: tuple[Callable[[Stock], Iterator[Step]], ...] = (_map, _ask, _doubts, _desk, _explain, _reread, _repair)
    found = [step for stock in stocks for way in ways for step in way(stock)]
    return tuple(sorted(found, key=lambda s: (-s.rungs, s.partner, s.kind.value, s.format, s.code)))


def _map(stock: Stock) -> Iterator[Step]:
    codes, rise = Counter[str](), Counter[str]()
    for flow, n in stock.unmapped:
        codes[flow.key] += n
        rise[flow.key] += n * (Fidelity.CODED - flow.fidelity)
    chosen = _most(codes)
    if not chosen:
        return
    ways = {(f.format, f.fidelity) for f, _ in stock.unmapped if f.key in dict(chosen)}
    yield Step(
        Kind.MAP, stock.seen.partner, sum(n for _, n in chosen), sum(rise[key] for key, _ in chosen),
        max((stock.told.get(way, 0) for way in ways), default=0), then=Fidelity.CODED, rows=chosen,
    )  # fmt: skip


def _ask(stock: Stock) -> Iterator[Step]:
    sums = Counter[tuple[str, Fidelity]]()
    for flow, n in stock.values:
        sums[flow.format, Fidelity(flow.fidelity)] += n
    for (form, now), n in sorted(sums.items()):
        if then := _ASK.get(now):
            yield Step(
                Kind.ASK, stock.seen.partner, n, n * (then - now), stock.told.get((form, now), 0), form, now, then,
                rows=((form, stock.read.get(form, 0)),),
            )  # fmt: skip


def _doubts(stock: Stock) -> Iterator[Step]:
    if not stock.seen.doubts:
        return
    share = (stock.same + 1) / (stock.answered + 2)  # Laplace's rule of succession: of nothing known, half
    people = round(stock.seen.doubts * share)
    each = sum(n for _, n in stock.values) / max(stock.seen.persons, 1)
    facts = round(people * each)
    yield Step(
        Kind.DOUBTS, stock.seen.partner, facts, facts, people, sure=False, rows=(("doubts", stock.seen.doubts),),
        same=stock.same, answered=stock.answered,
    )  # fmt: skip


def _desk(stock: Stock) -> Iterator[Step]:
    if n := stock.seen.desk:
        yield Step(Kind.DESK, stock.seen.partner, n, n, sure=False, rows=(("values", n),))


def _explain(stock: Stock) -> Iterator[Step]:
    for form in sorted({f.format for f, _ in stock.lost}):
        chosen = _most(Counter({f.key: n for f, n in stock.lost if f.format == form and fix_of(form, f.key)}))
        if chosen:
            n = sum(count for _, count in chosen)
            yield Step(Kind.EXPLAIN, stock.seen.partner, n, n, format=form, sure=False, rows=chosen)


def _reread(stock: Stock) -> Iterator[Step]:
    for form in sorted({f.format for f, _ in stock.stale}):
        old = tuple((f.key, n) for f, n in stock.stale if f.format == form)
        lost = sum(n for f, n in stock.lost if f.format == form)
        share = sum(n for _, n in old) / max(stock.read.get(form, 0), sum(n for _, n in old))
        yield Step(Kind.REREAD, stock.seen.partner, round(lost * share), lost * share, format=form, sure=False, rows=old)


def _repair(stock: Stock) -> Iterator[Step]:
    originals, values = sum(stock.read.values()), sum(n for _, n in stock.values)
    rungs = sum(f.fidelity * n for f, n in stock.values)
    for code, n in sorted(stock.seen.failures.items()):
        each = 1 / originals if originals else 0.0
        yield Step(
            Kind.REPAIR, stock.seen.partner, round(n * values * each), n * rungs * each, sure=False, rows=((code, n),), code=code
        )  # fmt: skip


def _most(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Give the fewest that make four of five, the most frequent first; none that came too seldom to be shown."""
    ranked = [(key, n) for key, n in sorted(counted.items(), key=lambda c: (-c[1], c[0])) if n >= FEWEST]
    whole, reached = sum(n for _, n in ranked), 0
    for at, (_, n) in enumerate(ranked, 1):
        reached += n
        if at == MOST_CODES or reached >= _ENOUGH * whole:
            return tuple(ranked[:at])
    return ()
