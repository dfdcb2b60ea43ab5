"""What every arrival asks of the database and tells it: each statement made once."""

from typing import Any

from sqlalchemy import Column, Table, Text, and_, bindparam, column, delete, func, insert, select, union_all, update, values

from vado.store.sql import tables as t
from vado.store.sql.blocks import numbered, sharing
from vado.store.sql.dialect import upsert
from vado.store.sql.once import Each, Once

_O, _R, _F, _P, _L, _E, _D = t.original.c, t.reading.c, t.fact.c, t.patient.c, t.link.c, t.link_event.c, t.decision.c
_KEY = ("partner", "id")
TOLD = (_F.resource, _F.evidence, _F.patient, _F.received)
IN_FORCE = select(_E.body).join(t.link, _L.seq == _E.seq)


def _is(**columns: Column[Any]) -> Any:
    return and_(*(column == bindparam(name) for name, column in columns.items()))


def _values(table: Table, *but: str) -> dict[str, Any]:
    return {c.name: bindparam(c.name) for c in table.c if c.name not in but}


def _in_its_place(table: Table, *key: str, but: tuple[str, ...] = ()) -> Any:
    """Insert a row, or write it over the one that has its key."""
    now = {name: bindparam(name) for name in _values(table, *key, *but)}
    return lambda engine: (
        upsert(engine, table).values(_values(table, *but)).on_conflict_do_update(index_elements=list(key), set_=now)
    )


def _newest_wordings(ids: list[Any]) -> Any:
    """Of each fact, the newest telling of each of its wordings: a ward that a million messages name is told a million times alike.

    A step in the index leads from one wording to the next; how often it was told does not count. See model/fact.py: as_it_stands.
    """
    wording, other, newest, fact = (t.fact.alias() for _ in range(4))
    given = values(column("id", Text), name="given").data([(bindparam(i.key, type_=Text),) for i in ids]).cte("given")
    asked = select(given.c.id).distinct().cte("asked")
    first = select(func.min(wording.c.digest)).where(wording.c.id == asked.c.id).scalar_subquery()
    told = select(asked.c.id, first.label("digest")).cte("told", recursive=True)
    next_ = select(func.min(other.c.digest)).where(other.c.id == told.c.id, other.c.digest > told.c.digest).scalar_subquery()
    told = told.union_all(select(told.c.id, next_).where(told.c.digest.is_not(None)))
    last = select(func.max(newest.c.rank)).where(newest.c.id == told.c.id, newest.c.digest == told.c.digest).scalar_subquery()
    this = and_(fact.c.id == told.c.id, fact.c.digest == told.c.digest, fact.c.rank == last)
    worded = select(*(fact.c[c.name] for c in TOLD), fact.c.n).join_from(told, fact, this)
    before = select(*TOLD, _F.n).where(_F.id.in_(ids), _F.digest.is_(None))
    return union_all(worded, before).order_by("n")


def _newest_tellings() -> Any:
    """Of one fact, so many tellings, the newest: found in the index alone, whose rows alone are then read."""
    mine = _is(id=_F.id)
    last = select(_F.rank).where(mine, _F.rank.is_not(None)).order_by(_F.rank.desc()).limit(bindparam("most"))
    return union_all(select(*TOLD).where(mine, _F.rank.in_(last.scalar_subquery())), select(*TOLD).where(mine, _F.rank.is_(None)))


# originals

KEEP = Once(lambda engine: upsert(engine, t.original).values(_values(t.original)).on_conflict_do_nothing().returning(_O.id))
ROW = Once(lambda _: select(t.original).where(_is(partner=_O.partner, id=_O.id)))
CHILDREN = Once(lambda _: select(t.original).where(_is(partner=_O.partner, parent=_O.parent)).order_by(_O.id))
SETTLE = Once(lambda _: update(t.original).where(_is(partner=_O.partner, id=_O.id)).values(_values(t.original, *_KEY)))
SET_STATE = Once(lambda _: update(t.original).where(_is(partner=_O.partner, id=_O.id)).values(state=bindparam("state")))
FORGET_READING = Once(lambda _: delete(t.reading).where(_is(partner=_R.partner, original=_R.original)))
KEEP_READING = Once(lambda _: insert(t.reading).values(_values(t.reading)))
FORGET_FACTS = Once(
    lambda _: delete(t.fact).where(_is(partner=_F.partner, original=_F.original)).returning(_F.kind, _F.id, _F.patient)
)

# facts

VERSIONS = Once(lambda _: select(*TOLD).where(_is(id=_F.id)))
NEWEST = Once(lambda _: _newest_tellings())
FACTS_FROM = Once(lambda _: select(*TOLD).where(_is(partner=_F.partner, original=_F.original)).order_by(_F.n))
TOLD_OF = Once(
    lambda _: (
        select(_F.kind, _F.patient).distinct().where(_is(partner=_F.partner, original=_F.original), _F.n < bindparam("first"))
    )
)
FACTS_ABOUT = Each(lambda some: select(*TOLD).where(_F.patient.in_(some)))
FACTS_NAMED = Each(lambda some: _newest_wordings(some))
DECIDED = Each(lambda some: select(_D.seq, _D.body).where(_D.fact.in_(some)))
DECIDED_ABOUT = Each(lambda some: select(_D.seq, _D.body).where(_D.patient.in_(some)))
ACCEPTED = Once(
    lambda _: select(t.accepted.c.local, t.accepted.c.body).where(_is(partner=t.accepted.c.partner)).order_by(t.accepted.c.seq)
)

# persons

DEMOGRAPHICS = Each(lambda some: select(_P.demographics).where(_P.id.in_(some)))
NUMBERED, SHARING = Once(numbered), Once(sharing)
HASHES = Once(lambda _: select(_P.hashes).where(_is(id=_P.id)))
KNOW = Once(lambda engine: _in_its_place(t.patient, "id", but=("number",))(engine).returning(_P.number))
FORGET_WORDS = Once(lambda _: delete(t.word).where(_is(patient=t.word.c.patient)))
HOME = Once(lambda _: select(_L.person).where(_is(patient=_L.patient)))
ADD_LINK = Once(lambda _: insert(t.link_event).values(_values(t.link_event, "seq")).returning(_E.seq))
PUT_LINK = Once(_in_its_place(t.link, "patient"))
LINKS_OF = Each(lambda some: IN_FORCE.where(_L.patient.in_(some)))
LINKS_IN = Each(lambda some: IN_FORCE.where(_L.person.in_(some)).add_columns(_L.seq))
DOUBT = Once(lambda _: select(t.doubt.c.body, t.doubt.c.verdict, t.doubt.c.by).where(_is(id=t.doubt.c.id)))

# what is watched

_F_D, _C = t.feed.c, t.outcome.c
COUNT_FEED = Once(
    lambda engine: (
        upsert(engine, t.feed)
        .values(_values(t.feed))
        .on_conflict_do_update(
            index_elements=["partner", "day"],
            set_={"arrived": _F_D.arrived + bindparam("arrived"), "joined": _F_D.joined + bindparam("joined")},
        )
    )
)
FEED = Once(lambda _: select(t.feed).where(_is(partner=_F_D.partner)).order_by(_F_D.day))
COUNT = Once(
    lambda engine: (
        upsert(engine, t.outcome)
        .values(_values(t.outcome))
        .on_conflict_do_update(
            index_elements=["partner", "channel", "hour", "code"], set_={"count": _C["count"] + bindparam("count")}
        )
    )
)
HOLDS = Once(lambda _: select(t.hold).where(t.hold.c.released == "").order_by(t.hold.c.partner))
SUBSCRIPTIONS = Once(lambda _: select(t.subscription.c.body).order_by(t.subscription.c.id))
AUDITS = Once(
    lambda _: select(t.audit).where(_is(subject=t.audit.c.subject)).order_by(t.audit.c.seq.desc()).limit(bindparam("most"))
)
LAST_AUDIT = Once(lambda _: select(t.audit.c.hash).order_by(t.audit.c.seq.desc()).limit(1))
