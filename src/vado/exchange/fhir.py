"""Facts as FHIR resources: found, read, and what came before. Nothing here changes anything; whoever asks notes it first (Witness)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.sight import Sight, reached, reaches
from vado.model.account import Role
from vado.model.query import GONE, VISIBLE, WITHHELD, Criterion, Query, Stored, Token
from vado.model.record import Viewer
from vado.record.question import Include, Question
from vado.terms.searching import parameters

MOST_ORDERED = 5_000  # resources through which a sorted search can be paged
MOST_COUNTED = 1_000  # beyond this a total is only given when it is asked for
MOST_INCLUDED = 1_000
_ROUNDS = 3  # of :iterate
_AT_ONCE = 200  # resources looked at together where some may not be seen
_LOOKS = 50  # pages that are read to fill one, where most of what fits may not be seen


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins. It holds ids of the store, never what was asked."""

    until: int  # resources that came later are not part of the search
    after: int = 0
    numbers: tuple[int, ...] = ()  # of a sorted search: what is still to come
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    found: tuple[Stored, ...]
    included: tuple[Stored, ...] = ()
    total: int | None = None
    next: Place | None = None
    withheld: int = 0  # Patients read from paper and not reviewed, which are left out
    cut: bool = False  # more is there than can be paged or included


def search(x: Exchange, viewer: Viewer, question: Question, place: Place | None = None) -> Page:
    """Give one page of a search, of what this viewer may see: the first, or the one that begins at `place`.

    What is hidden from the viewer is not found, and not counted.

    Raises:
        NotPermitted: AC-001, the viewer's scopes do not name a type that is asked for or about. VadoError: FH-010, FH-011.
    """
    with x.store.look() as tx:
        if tx.fhir.is_due():
            raise VadoError("FH-011")
        first = place is None
        here = place or Place(tx.fhir.latest())
        see = Sight(x, tx, viewer, reaches(question.query))
        if not all(map(see.names, (question.query.kind, *reached(question.query.fits)))):
            raise NotPermitted("AC-001")
        page = _page(tx, see, question, here, first)
        if not first:
            return replace(page, total=here.total)
        total = _total(tx, see, question, here, page)
        if page.next:
            page = replace(page, next=replace(page.next, total=total))
        withheld = 0
        if question.query.kind == "Patient" and see.all:
            withheld = tx.fhir.count(question.query, until=here.until, most=MOST_COUNTED, state=WITHHELD)
        return replace(page, total=total, withheld=withheld)


def _page(tx: Transaction, see: Sight, question: Question, here: Place, first: bool) -> Page:
    query, count = question.query, question.count
    if question.summary == "count" or not count:
        return Page(())
    cut, total = False, None
    if query.order:
        numbers = here.numbers
        if first:
            numbers = tx.fhir.ordered(query, until=here.until, limit=MOST_ORDERED + 1)
            cut, numbers = len(numbers) > MOST_ORDERED, numbers[:MOST_ORDERED]
            total = len(numbers) if see.all and not cut else None  # all of them are here: nothing need be counted
        some = _seen_in_order(tx, see, numbers, count + 1)
        found, last = some[:count], some[count - 1].number if len(some) > count else 0
        rest = replace(here, numbers=numbers[numbers.index(last) + 1 :]) if last else None
    else:
        some = _seen(tx, see, query, here, count + 1)
        found = some[:count]
        rest = replace(here, after=found[-1].number) if len(some) > count else None
    included, more = include(tx, see, question.include, found)
    return Page(found, included, total, rest, 0, cut or more)


def _seen(tx: Transaction, see: Sight, query: Query, here: Place, limit: int) -> tuple[Stored, ...]:
    """Give the next of what fits and may be seen, at most `limit`. Raises VadoError FH-010: too much fits that may not."""
    found: list[Stored] = []
    after, at_once = here.after, limit
    for _ in range(_LOOKS):
        some = tx.fhir.find(query, after=after, until=here.until, limit=at_once)
        found += see.of(some)
        if len(some) < at_once or len(found) >= limit:
            return tuple(found[:limit])
        after, at_once = some[-1].number, max(limit, _AT_ONCE)  # most of what fits may not be seen: look faster
    raise VadoError("FH-010")


def _seen_in_order(tx: Transaction, see: Sight, numbers: Sequence[int], limit: int) -> tuple[Stored, ...]:
    found: list[Stored] = []
    for n in range(0, len(numbers), limit):
        found += see.of(tx.fhir.numbered(numbers[n : n + limit]))
        if len(found) >= limit:
            break
    return tuple(found[:limit])


def _total(tx: Transaction, see: Sight, question: Question, here: Place, page: Page) -> int | None:
    """Count what fits: never when `none` is wanted, without limit when it is asked for, else as far as it costs little.

    For a viewer who may not see everything each has to be looked at: no more than MOST_COUNTED are. Raises VadoError FH-010.
    """
    if page.total is not None and question.total != "none":
        return page.total
    if page.next is None and not page.cut and question.count and question.summary != "count":
        return len(page.found) if question.total != "none" else None
    wanted = question.total == "accurate" or question.summary == "count" or not question.count
    if question.total == "none" and not wanted:
        return None
    if not see.all:
        found = len(_seen(tx, see, question.query, here, MOST_COUNTED + 1)) if wanted or not page.found else MOST_COUNTED + 1
        if wanted and found > MOST_COUNTED:
            raise VadoError("FH-010")
        return found if found <= MOST_COUNTED else None
    found = tx.fhir.count(question.query, until=here.until, most=0 if wanted else MOST_COUNTED + 1)
    return found if wanted or found <= MOST_COUNTED else None


def fitting(x: Exchange, tx: Transaction, viewer: Viewer, query: Query, *, limit: int) -> tuple[Stored, ...]:
    """Give the first of what fits and this viewer may see, in a transaction that is open. Raises VadoError FH-010."""
    return _seen(tx, Sight(x, tx, viewer, reaches(query)), query, Place(tx.fhir.latest()), limit)


def include(
    tx: Transaction, see: Sight, wanted: Iterable[Include], found: Sequence[Stored]
) -> tuple[tuple[Stored, ...], bool]:  # fmt: skip
    """Give what comes along with what was found, and whether more would; nothing by way of what the viewer may not see."""
    have, included, fresh = {s.ref for s in found}, list[Stored](), list(found)
    for turn in range(_ROUNDS):
        some = [s for one in wanted if turn == 0 or one.iterate for s in _along(tx, one, fresh)]
        fresh = list(see.of({s.ref: s for s in some if s.ref not in have}.values()))
        have |= {s.ref for s in fresh}
        included += fresh
        if not fresh or len(included) > MOST_INCLUDED:
            break
    return tuple(included[:MOST_INCLUDED]), len(included) > MOST_INCLUDED


def _along(tx: Transaction, one: Include, found: Sequence[Stored]) -> Iterable[Stored]:
    own = parameters(one.kind)
    names = [p for p in own.values() if p.type == "reference"] if one.parameter == "*" else [own[one.parameter]]
    if one.back:
        refs = [s.ref for s in found if not one.target or s.kind == one.target]
        return [s for p in names for s in tx.fhir.referring(refs, p.number, limit=MOST_INCLUDED + 1)] if refs else ()
    numbers = [s.number for s in found if s.kind == one.kind]
    refs = tx.fhir.referred(numbers, [p.number for p in names]) if numbers else ()
    refs = [r for r in refs if not one.target or r.startswith(f"{one.target}/")][: MOST_INCLUDED + 1]
    return [s for s in tx.fhir.read(refs) if s.state == VISIBLE]


def standing(x: Exchange, viewer: Viewer, found: Stored | None) -> Stored:
    """Give a resource that may be given out to this viewer.

    Raises:
        NotFound: FH-012, there is none, or none that they may know of; FH-013, it is gone. NotPermitted: FH-014, it is withheld.
    """
    if found is not None and viewer.role is not Role.MACHINE:
        with x.store.look() as tx:
            found = next(iter(Sight(x, tx, viewer, action="fhir.read").of((found,))), None)
    if found is None:
        raise NotFound("FH-012")
    if found.state == GONE:
        raise NotFound("FH-013")
    if found.state == WITHHELD:
        raise NotPermitted("FH-014")
    return found


def version(x: Exchange, viewer: Viewer, ref: str, number: int) -> Stored:
    """Give one version of a resource. Raises NotFound FH-012, FH-015, FH-013; NotPermitted FH-014."""
    with x.store.look() as tx:
        found = tx.fhir.version(ref, number)
        if found is None:
            raise NotFound("FH-015")
        if not Sight(x, tx, viewer, action="fhir.read").versions((found,)):
            raise NotFound("FH-015")
    return standing(x, viewer, found)


def history(  # noqa: PLR0913 - where to begin, how much
    x: Exchange, viewer: Viewer, of: str, *, before: int = 0, since: int = 0, limit: int = 50
) -> tuple[Stored, ...]:  # fmt: skip
    """Give versions of one resource or of all of a type, newest first, and one more than `limit` if there is. Raises NotFound FH-012."""
    with x.store.look() as tx:
        see, found = Sight(x, tx, viewer, action="fhir.read"), list[Stored]()
        if "/" in of and not see.of(tx.fhir.read([of])):
            raise NotFound("FH-012")
        for _ in range(_LOOKS):
            some = tx.fhir.history(of, before=before, since=since, limit=limit + 1)
            found += see.versions(some)
            if len(some) <= limit or len(found) > limit:
                return tuple(found[: limit + 1])
            before = some[-1].changed
    raise VadoError("FH-010")


def seen(x: Exchange, viewer: Viewer, action: str, given: Iterable[Stored]) -> tuple[Audit, ...]:
    """Say who looked: that somebody searched, and whose facts were given out."""
    patients = sorted({s.ref.partition("/")[2] if s.kind == "Patient" else s.patient or "" for s in given} - {""})
    at = x.clock()
    return (Audit(at, viewer.name, "search"), *(Audit(at, viewer.name, action, p) for p in patients))


def is_issuer(x: Exchange, system: str) -> bool:
    """Say whether any Patient has a number of this issuer."""
    test = Token(parameters("Patient")["identifier"].number, "", system)
    with x.store.look() as tx:
        return any(
            tx.fhir.count(Query("Patient", (Criterion((test,)),)), until=tx.fhir.latest(), most=1, state=state)
            for state in (VISIBLE, WITHHELD)
        )
