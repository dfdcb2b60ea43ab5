"""Which telling of a fact is the newest; the same in every store."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from vado.exchange.ports import Former
from vado.model.fact import Fact, as_it_stands
from vado.model.original import OriginalId, PartnerId
from vado.model.person import LinkEvent, Person

_NEVER = datetime.min.replace(tzinfo=UTC)
Key = tuple[PartnerId, OriginalId]
Told = tuple[Fact, datetime]  # a fact and when its original was received (aware)


def newest(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Order tellings newest first: a person's review, then when the source said so, then received, then original."""
    return tuple(fact for fact, _ in sorted(told, key=_age, reverse=True))


def newest_each(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Give each fact as it stands, by id; what was taken back is not given."""
    tellings: dict[str, list[Told]] = {}
    for one in told:
        tellings.setdefault(one[0].id, []).append(one)
    standing = (as_it_stands(newest(tellings[i])) for i in sorted(tellings))
    return tuple(fact for fact in standing if not fact.removed)


def touched(*facts: Iterable[Fact]) -> tuple[str, ...]:
    """Give the patients whom these are about, in order."""
    return tuple(sorted({f.patient for some in facts for f in some if f.patient}))


def people_of(links: Iterable[LinkEvent], patients: Iterable[Fact]) -> dict[str, Person]:
    """Put persons together from the links to them, oldest first, and their patients; who has none is not given."""
    known, homes = {f.id: f for f in patients}, dict[str, list[LinkEvent]]()
    for link in links:
        if link.patient in known:
            homes.setdefault(link.person, []).append(link)
    return {p: Person(p, tuple(known[e.patient] for e in events), tuple(events)) for p, events in homes.items()}


def as_told(
    told: Iterable[Told],
    former: Callable[[set[Key]], Iterable[tuple[Key, Former]]],
    patients: Iterable[str],
    until: datetime | None,
) -> Iterator[Told]:
    """Give what was known at a time; everything, when there is none.

    Args:
        told: everything told about the patients today.
        former: gives what some originals said to earlier readings, oldest first.
        patients: whom it is about.
        until: the time; aware.
    """
    told = tuple(told)
    if until is None:
        yield from told
        return
    wanted = set(patients)
    received = {(f.evidence.partner, f.evidence.original): at for f, at in told if at <= until}
    then: dict[Key, Former] = {}
    for key, one in former(set(received)):
        if one.at > until:
            then.setdefault(key, one)  # the first reading that was given up later is the one of that time
    yield from ((f, at) for f, at in told if at <= until and (f.evidence.partner, f.evidence.original) not in then)
    yield from ((f, received[key]) for key, one in then.items() for f in one.facts if f.patient in wanted)


def rank(told: Told) -> str:
    """Say how new a telling is, as a text that sorts as `newest` does."""
    reviewed, asserted, received, original, partner = _age(told)
    at, came = (t.astimezone(UTC).isoformat(timespec="microseconds") for t in (asserted, received))
    return f"{reviewed:d}{at}|{came}|{original}|{partner}"


def _age(told: Told) -> tuple[bool, datetime, datetime, str, str]:
    fact, received = told
    e = fact.evidence
    return e.reviewed, e.asserted or _NEVER, received, e.original, e.partner
