"""Which telling of a fact is the newest; the same in every store."""

from collections.abc import Iterable
from datetime import UTC, datetime

from vado.model.fact import Fact

_NEVER = datetime.min.replace(tzinfo=UTC)
Told = tuple[Fact, datetime]  # a fact and when its original was received (aware)


def newest(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Order tellings newest first: a person's review, then when the source said so, then received, then original."""
    return tuple(fact for fact, _ in sorted(told, key=_age, reverse=True))


def newest_each(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Keep the newest telling of each fact id, by id."""
    best: dict[str, Told] = {}
    for one in told:
        known = best.get(one[0].id)
        if known is None or _age(one) > _age(known):
            best[one[0].id] = one
    return tuple(best[i][0] for i in sorted(best))


def _age(told: Told) -> tuple[bool, datetime, datetime, str, str]:
    fact, received = told
    e = fact.evidence
    return e.reviewed, e.asserted or _NEVER, received, e.original, e.partner
