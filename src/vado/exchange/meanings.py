"""What a partner's own codes could mean: which came without a standard one, which standard ones are like them, and what a person accepted.

A score says how alike the words are and decides nothing; a person does. What is accepted holds for what arrives from then on, and for
what is kept when it is read anew.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from vado.errors import NotFound, VadoError
from vado.exchange.flow import LONGEST
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.steps import FEWEST
from vado.exchange.terms import coded_as, is_standard, local_of, maps_of
from vado.model.fact import Fact
from vado.model.flow import Of
from vado.model.original import PartnerId, State
from vado.model.reading import Fidelity
from vado.model.term import Accepted, Concept, Unmapped
from vado.terms.units import ucum

Same = Callable[[float, str], tuple[float, str] | None]  # a quantity in base units
LOADED, ELSEWHERE = "loaded code system", "another partner codes it so"  # why a code is suggested
EQUIVALENCES = ("equivalent", "wider", "narrower")
MOST = 5  # suggestions for one code
_BATCH = 200  # originals of one transaction
_WORDINGS = 5  # different words of one code that are counted: more of them are free text
_MOST_SEARCHED = 300  # codes of one partner for which standard ones are looked for at once, the most frequent


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A standard code that is like one of a partner's own."""

    concept: Concept
    score: float  # 0-100: how alike the words are, less a third where the units cannot be converted
    why: str  # LOADED or ELSEWHERE
    unit: str = ""  # that its values have there, where ours cannot be converted to it


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was found out about one code of a partner."""

    code: Unmapped
    found: tuple[Suggestion, ...]  # best first


@dataclass(frozen=True, slots=True)
class Lift:
    """What reading the originals of one format anew would lift to CODED, by what is accepted today."""

    format: str
    facts: int
    codes: int
    originals: int  # of this format, all of which would be read


@dataclass(slots=True)
class _Said:
    """How often one code came, with which words and units."""

    n: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def note(self, text: str, unit: str) -> None:
        self.n += 1
        for what, counts in ((text, self.texts), (unit, self.units)):
            if what in counts or (what and len(counts) < _WORDINGS):
                counts[what] += 1


@dataclass(slots=True)
class Heard:
    """The codes that facts carry: local ones that no standard one stands beside, and standard ones with their words.

    `few`: words that came less often are left out, as a rare text may say whose it is. `lowest`: facts of lower rungs are not heard.
    """

    few: int = 1
    lowest: Fidelity = Fidelity.IMAGE
    _local: dict[tuple[str, str, str], _Said] = field(default_factory=lambda: defaultdict(_Said))  # partner, kind, code
    _standard: dict[tuple[str, str, str], _Said] = field(default_factory=lambda: defaultdict(_Said))  # kind, system, code

    def hear(self, fact: Fact) -> None:
        """Take note of the codes of one fact."""
        concept = coded_as(fact)
        if concept is None or fact.evidence.fidelity < self.lowest:
            return
        unit = fact.resource.get("valueQuantity", {}).get("unit", "")
        codings = [c for c in concept.get("coding", ()) if isinstance(c, dict)]
        if local := local_of(fact):
            shown = next((c["display"] for c in codings if c.get("display")), "")
            self._local[fact.evidence.partner, fact.kind, local].note(concept.get("text") or shown, unit)
        for c in codings:
            shown = c.get("display") or concept.get("text")
            if shown and c.get("code") and is_standard(str(c.get("system", ""))):
                self._standard[fact.kind, c["system"], str(c["code"])].note(shown, unit)

    def unmapped(self, partner: PartnerId | None = None) -> list[Unmapped]:
        """List local codes and texts that no standard code stands beside, most frequent first."""
        return [
            Unmapped(PartnerId(p), kind, local, self._usual(said.texts), self._usual(said.units), said.n)
            for (p, kind, local), said in sorted(self._local.items(), key=lambda e: (-e[1].n, e[0]))
            if said.n >= self.few and partner in (None, p)
        ]

    def standard(self, kind: str) -> Iterator[tuple[Concept, str]]:
        """Give each standard code of facts of this kind, with its unit."""
        for (of, system, code), said in self._standard.items():
            if of == kind and (shown := self._usual(said.texts)):
                yield Concept(system, code, shown), self._usual(said.units)

    def _usual(self, counted: Counter[str]) -> str:
        return next((what for what, n in counted.most_common(1) if n >= self.few), "")


def unmapped(x: Exchange, partner: PartnerId | None = None) -> list[Unmapped]:
    """List local codes and texts that no standard code stands beside, most frequent first. Goes through all originals."""
    heard = Heard()
    for _ in _listen(x, heard, partner):
        pass
    return heard.unmapped()


def suggest(x: Exchange, partner: PartnerId, local: str, *, most: int = MOST, same: Same | None = None) -> tuple[Suggestion, ...]:
    """Rank standard codes for a local one: from loaded code systems, and from what other partners code so.

    Raises:
        NotFound: TE-001, no such code came without a standard one.
    """
    heard = Heard()
    for _ in _listen(x, heard, None):
        pass
    code = next((u for u in heard.unmapped(partner) if u.local == local), None)
    if code is None:
        raise NotFound("TE-001", local=local)
    with x.store.begin() as tx:
        return _ranked(tx, heard, code, same)[:most]


def suggest_all(x: Exchange, partner: PartnerId, by: str, *, same: Same | None = None) -> Iterator[Mapping[str, Suggested]]:
    """Rank standard codes for every local one that came often, by local code; what has been found so far after each original and code.

    Words that came seldom are shown to nobody, and of paper no code is asked for: its words are a person's own.
    """
    heard = Heard(FEWEST, Fidelity.FIELDS)
    found: dict[str, Suggested] = {}
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), by, "suggest-codes", partner))
    for _ in _listen(x, heard, None):
        yield found
    codes: dict[str, Unmapped] = {}
    for code in heard.unmapped(partner):
        codes.setdefault(code.local, code)
    for local, code in list(codes.items())[:_MOST_SEARCHED]:
        with x.store.begin() as tx:
            found = found | {local[:LONGEST]: Suggested(code, _ranked(tx, heard, code, same)[:MOST])}
        yield found


def work_of(x: Exchange) -> int:
    """Count the originals that are gone through for suggestions."""
    with x.store.begin() as tx:
        return sum(n for _, n in tx.flow.counted(Of.ORIGINALS))


def originals_of(x: Exchange, partner: PartnerId, form: str) -> int:
    """Count what a partner sent in one format and was read."""
    with x.store.begin() as tx:
        return _read(tx, partner)[form]


def _read(tx: Transaction, partner: PartnerId) -> Counter[str]:
    """Count what a partner sent and was read, by format."""
    found = Counter[str]()
    for flow, n in tx.flow.counted(Of.ORIGINALS, partner=partner):
        found[flow.format] += n if flow.key in {State.READ.value, State.WAITING.value} else 0
    return found


def often(x: Exchange, partner: PartnerId, found: Mapping[str, Suggested]) -> tuple[Suggested, ...]:
    """List the codes that came often and that nobody has given a meaning, most frequent first, as they are counted now.

    `found`: what suggest_all gave; without it, no code has words. A code so long that its end was not counted needs it.
    """
    with x.store.begin() as tx:
        counted, known = tx.flow.counted(Of.UNMAPPED, partner=partner), maps_of(tx, partner)
    count, kinds = Counter[str](), dict[str, Counter[str]]()
    for flow, n in counted:
        count[flow.key] += n
        kinds.setdefault(flow.key, Counter())[flow.detail] += n
    said = {local[:LONGEST] for local in known}
    some = [(key, n) for key, n in sorted(count.items(), key=lambda c: (-c[1], c[0])) if n >= FEWEST and key not in said]
    plain = [Suggested(Unmapped(partner, kinds[key].most_common(1)[0][0], key, "", "", n), ()) for key, n in some]
    listed = [found.get(one.code.local, one) for one in plain]
    return tuple(one for one in listed if len(one.code.local) != LONGEST)


def lifts(x: Exchange, partner: PartnerId) -> tuple[Lift, ...]:
    """Say what reading anew would lift, by format, most first: facts whose code has a meaning now and had none when they were read."""
    with x.store.begin() as tx:
        counted, known = tx.flow.counted(Of.UNMAPPED, partner=partner), maps_of(tx, partner)
        originals = _read(tx, partner)
    exact = {local[:LONGEST] for local, row in known.items() if row.equivalence == "equivalent"}
    facts, codes = Counter[str](), dict[str, set[str]]()
    for flow, n in counted:
        if flow.key in exact and flow.fidelity < Fidelity.CODED:
            facts[flow.format] += n
            codes.setdefault(flow.format, set()).add(flow.key)
    return tuple(Lift(form, n, len(codes[form]), originals[form]) for form, n in facts.most_common())


def accept(x: Exchange, *rows: Accepted) -> None:
    """Note what local codes mean, by whom and when: all of these rows or none.

    It holds for what arrives from now on; for old originals when they are read anew.

    Raises:
        VadoError: TE-003, what is said to be a standard code is none.
    """
    for row in rows:
        check(row.target)
    with x.store.begin() as tx:
        for row in rows:
            tx.accept(row)
            tx.audit(Audit(x.clock(), row.by, "withdraw-map" if row.withdrawn else "accept-map", row.partner))


def check(target: Concept) -> None:
    """Refuse what cannot be a standard code. Raises VadoError TE-003."""
    if not target.code or target.code != " ".join(target.code.split()):
        raise VadoError("TE-003", fault="the code is empty, or has spaces at its ends")
    if not is_standard(target.system):
        raise VadoError("TE-003", fault="its code system is no web address, and no urn:oid")


def withdraw(x: Exchange, partner: PartnerId, local: str, by: str) -> bool:
    """Take back what was accepted for a local code; the row stays in the history. False: nothing is accepted for it."""
    with x.store.begin() as tx:
        known = maps_of(tx, partner).get(local)
    if known is None:
        return False
    accept(x, Accepted(partner, local, known.target, known.equivalence, by, x.clock(), withdrawn=True))
    return True


def _listen(x: Exchange, heard: Heard, partner: PartnerId | None) -> Iterator[None]:
    """Hear all facts of a partner, or of everybody; comes back after each original."""
    after = ""
    while True:
        with x.store.begin() as tx:
            rows = tx.rows(partner=partner, after=after, limit=_BATCH)
            for fact in (f for row in rows for f in tx.facts_from(row.original.partner, row.original.id)):
                heard.hear(fact)
        if not rows:
            return
        yield from (None for _ in rows)
        after = rows[-1].original.cursor


def _ranked(tx: Transaction, heard: Heard, code: Unmapped, same: Same | None) -> tuple[Suggestion, ...]:
    words = code.text or code.local
    ranked: dict[tuple[str, str], Suggestion] = {}
    for concept in tx.concepts(words, limit=200):
        ranked[concept.system, concept.code] = Suggestion(concept, round(_score(words, concept.display), 1), LOADED)
    for concept, unit in heard.standard(code.kind):
        score, other = _score(words, concept.display), ""
        if same and code.unit and unit and not _alike(code.unit, unit, same):
            score, other = score * 2 / 3, unit
        known = ranked.get((concept.system, concept.code))
        if known is None or score > known.score:
            ranked[concept.system, concept.code] = Suggestion(concept, round(score, 1), ELSEWHERE, other)
    return tuple(sorted(ranked.values(), key=lambda s: (-s.score, s.concept.system, s.concept.code)))


def _score(one: str, other: str) -> float:
    """Half for the words that both have, half for those that only one has; 0 to 100."""
    a, b = one.casefold(), other.casefold()
    return (fuzz.token_set_ratio(a, b) + fuzz.token_sort_ratio(a, b)) / 2


def _alike(one: str, other: str, same: Same) -> bool:
    a, b = (same(1.0, ucum(u) or u) for u in (one, other))
    return a is None or b is None or a[1] == b[1]
