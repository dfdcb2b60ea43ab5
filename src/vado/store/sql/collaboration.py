"""Rounds of asking, invitations, answers, and what was agreed or proposed."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from vado.exchange.ports.collaboration import Sheet
from vado.model.codec import from_plain, to_plain
from vado.model.survey import Answer, Invitation, Who
from vado.store.sql import collaboration_tables as t
from vado.store.sql.dialect import tells_what_wrote, upsert


class SqlCollaboration:
    """See exchange.ports.collaboration for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, sheet: Any) -> None:
        """Keep it, in place of what had its id."""
        row = {"round": getattr(sheet, "round", ""), "body": _body(sheet)}
        kept = upsert(self._db.engine, t.sheet).values(kind=type(sheet).__name__, id=sheet.id, **row)
        self._db.execute(kept.on_conflict_do_update(index_elements=["kind", "id"], set_=row))

    def get(self, kind: type[Sheet], id_: str) -> Sheet | None:
        """Give one."""
        one = select(t.sheet.c.body).where(t.sheet.c.kind == kind.__name__, t.sheet.c.id == id_)
        body = self._db.execute(one).scalar_one_or_none()
        return None if body is None else from_plain(kind, orjson.loads(body))

    def all(self, kind: type[Sheet], round_: str = "") -> tuple[Sheet, ...]:
        """Give those of a round, by id."""
        some = select(t.sheet.c.body).where(t.sheet.c.kind == kind.__name__, t.sheet.c.round == round_).order_by(t.sheet.c.id)
        return tuple(from_plain(kind, orjson.loads(body)) for body in self._db.execute(some).scalars())

    def drop(self, kind: type[Sheet], id_: str) -> None:
        """Forget one."""
        self._db.execute(delete(t.sheet).where(t.sheet.c.kind == kind.__name__, t.sheet.c.id == id_))

    def invite(self, invitations: Iterable[Invitation]) -> None:
        """Keep new invitations."""
        rows = [
            {"hash": i.hash, "round": i.round, "voice": i.voice, "who": i.who.value, "used": i.used, "roster": i.roster}
            for i in invitations
        ]
        if rows:
            self._db.execute(insert(t.invited), rows)

    def invitation(self, hash_: str) -> Invitation | None:
        """Give one."""
        row = self._db.execute(select(t.invited).where(t.invited.c.hash == hash_)).one_or_none()
        return None if row is None else _invitation(row, row.draft)

    def invitations(self, round_: str) -> tuple[Invitation, ...]:
        """Give those of a round, by hash."""
        some = select(t.invited).where(t.invited.c.round == round_).order_by(t.invited.c.hash)
        return tuple(_invitation(row, None) for row in self._db.execute(some))

    def keep_draft(self, hash_: str, draft: Answer) -> bool:
        """Keep what is not finished."""
        return self._change(hash_, draft=_body(draft))

    def answer(self, answer: Answer) -> bool:
        """Keep an answer."""
        row = {"id": answer.id, "round": answer.round, "body": _body(answer)}
        new = upsert(self._db.engine, t.answer).values(row).on_conflict_do_nothing()
        return self._db.execute(new.returning(t.answer.c.id)).first() is not None

    def spend(self, hash_: str) -> bool:
        """Note that an invitation is used."""
        return self._change(hash_, used=True, draft=None)

    def mix(self, round_: str) -> None:
        """Lay the answers of a round down anew, by id."""
        if not tells_what_wrote(self._db.engine):
            return
        rows = self._db.execute(delete(t.answer).where(t.answer.c.round == round_).returning(t.answer)).mappings()
        if laid := sorted((dict(row) for row in rows), key=lambda row: row["id"]):
            self._db.execute(insert(t.answer), laid)

    def answers(self, round_: str) -> tuple[Answer, ...]:
        """Give all answers of a round, by id."""
        some = select(t.answer.c.body).where(t.answer.c.round == round_).order_by(t.answer.c.id)
        return tuple(from_plain(Answer, orjson.loads(body)) for body in self._db.execute(some).scalars())

    def _change(self, hash_: str, **values: Any) -> bool:
        mine = update(t.invited).where(t.invited.c.hash == hash_, t.invited.c.used.is_(False))
        return self._db.execute(mine.values(**values)).rowcount == 1


def _body(value: Any) -> str:
    return orjson.dumps(to_plain(value)).decode()


def _invitation(row: Row[Any], draft: str | None) -> Invitation:
    unfinished = None if draft is None else from_plain(Answer, orjson.loads(draft))
    return Invitation(row.hash, row.round, row.voice, Who(row.who), row.used, row.roster, unfinished)
