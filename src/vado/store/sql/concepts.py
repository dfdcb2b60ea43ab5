"""Code systems that the place has a licence for, found by their words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, and_, delete, func, insert, select

from vado.model.codec import to_plain
from vado.model.term import Concept
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.words import words_of

_MANY = 500  # rows of one statement
T = TypeVar("T")


def learn(db: Connection, concepts: Iterable[Concept]) -> None:
    """Load concepts of a code system."""
    rows = {(c.system, c.code, c.language): c for c in concepts}
    for some in _some(list(rows)):
        for system, code, language in some:
            c = (t.concept_word.c.system == system, t.concept_word.c.code == code, t.concept_word.c.language == language)
            db.execute(delete(t.concept_word).where(*c))
        known = upsert(db.engine, t.concept).values([to_plain(rows[k]) | {"language": rows[k].language} for k in some])
        keys = ["system", "code", "language"]
        db.execute(known.on_conflict_do_update(index_elements=keys, set_={"display": known.excluded.display}))
        words = [
            {"word": word, "system": c.system, "code": c.code, "language": c.language}
            for c in (rows[k] for k in some)
            for word in sorted(words_of(c.display))
        ]
        if words:
            db.execute(insert(t.concept_word), words)


def find(db: Connection, words: str, limit: int) -> tuple[Concept, ...]:
    """Concepts that share a word with these, most shared words first."""
    wanted = sorted(words_of(words))
    if not wanted:
        return ()
    w, c = t.concept_word.c, t.concept.c
    shared = func.count().label("shared")
    query = (
        select(c.system, c.code, c.display, c.language, shared)
        .join_from(t.concept_word, t.concept, and_(w.system == c.system, w.code == c.code, w.language == c.language))
        .where(w.word.in_(wanted))
        .group_by(c.system, c.code, c.display, c.language)
        .order_by(shared.desc(), c.system, c.code, c.language)
        .limit(limit)
    )
    return tuple(Concept(r.system, r.code, r.display, r.language) for r in db.execute(query))


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for n in range(0, len(values), _MANY):
        yield values[n : n + _MANY]
