"""What is asked of facts and links most, as questions about many ids that are built once (dialect.about); and rows to nouns."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, select

from vado.model.codec import from_plain
from vado.model.fact import Evidence, Fact
from vado.model.person import LinkEvent
from vado.store.order import Told
from vado.store.sql import tables as t

TELLING = (t.fact.c.resource, t.fact.c.evidence, t.fact.c.patient, t.fact.c.received)


def facts_named(ids: list[Any]) -> Any:
    """Ask for all tellings of facts."""
    return select(*TELLING).where(t.fact.c.id.in_(ids))


def tellings(rows: Iterable[Any]) -> Iterator[Told]:
    """Read rows of TELLING."""
    for resource, evidence, patient, received in rows:
        yield (
            Fact(orjson.loads(resource), from_plain(Evidence, orjson.loads(evidence)), patient),
            datetime.fromisoformat(received),
        )


def in_force() -> Select[Any]:
    """Ask for the links that hold."""
    return select(t.link_event.c.body).join(t.link, t.link.c.seq == t.link_event.c.seq)


def links_of(patients: list[Any]) -> Select[Any]:
    """Ask for the link that holds of each patient."""
    return in_force().where(t.link.c.patient.in_(patients))


def linked_to(persons: list[Any]) -> Any:
    """Ask for the links that hold to persons, and in which order they were made."""
    return in_force().where(t.link.c.person.in_(persons)).add_columns(t.link.c.seq)


def link(body: str) -> LinkEvent:
    """Read a link."""
    return from_plain(LinkEvent, orjson.loads(body))
