"""Which telling of a fact is the newest; the same in every store."""

from collections.abc import Iterable
from datetime import UTC, datetime

from vado.model.fact import Fact, as_it_stands

_NEVER = datetime.min.replace(tzinfo=UTC)
Told = tuple[Fact, datetime]  # a fact and when its original was received (aware)


def newest(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Order tellings newest first: a person's review, then when the source said so, then received, then original."""
    return tuple(fact for fact, _ in sorted(told, key=_age, reverse=True))


def newest_each(told: Iterable[Told]) -> tuple[Fact, ...]:
    """Give each fact as it stands, by id."""
    tellings: dict[str, list[Told]] = {}
    for one in told:
        tellings.setdefault(one[0].id, []).append(one)
    return tuple(as_it_stands(newest(tellings[i])) for i in sorted(tellings))


def _age(told: Told) -> tuple[bool, datetime, datetime, str, str]:
    fact, received = told
    e = fact.evidence
    return e.reviewed, e.asserted or _NEVER, received, e.original, e.partner
