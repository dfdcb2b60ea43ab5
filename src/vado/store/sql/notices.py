"""Subscriptions, and what waits to be said."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from vado.model.codec import from_plain, to_plain
from vado.model.notice import Notice, Subscription
from vado.store.sql import asked as q
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.once import parts


class SqlNotices:
    """See exchange.ports.notices.Notices."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def subscribe(self, subscription: Subscription) -> None:
        """Note a subscription as it stands now."""
        row = {"partner": subscription.partner, "body": orjson.dumps(to_plain(subscription)).decode()}
        noted = upsert(self._db.engine, t.subscription).values(id=subscription.id, **row)
        self._db.execute(noted.on_conflict_do_update(index_elements=["id"], set_=row))

    def subscription(self, id_: str) -> Subscription | None:
        """Give one."""
        return next(iter(self._wishes(select(t.subscription.c.body).where(t.subscription.c.id == id_))), None)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them, by id."""
        return tuple(from_plain(Subscription, orjson.loads(body)) for (body,) in q.SUBSCRIPTIONS.rows(self._db))

    def unsubscribe(self, id_: str) -> None:
        """Drop it, and what waits for it."""
        self._db.execute(delete(t.notice).where(t.notice.c.subscription == id_))
        self._db.execute(delete(t.subscription).where(t.subscription.c.id == id_))

    def put(self, notices: Iterable[Notice]) -> None:
        """Queue what is to be said."""
        rows = [{"subscription": n.subscription, "fact": n.fact, "at": n.at.isoformat()} for n in notices]
        if rows:
            self._db.execute(insert(t.notice), rows)

    def waiting(self, subscription: str, limit: int = 100) -> tuple[Notice, ...]:
        """Give what waits for a subscriber, oldest first."""
        mine = select(t.notice).where(t.notice.c.subscription == subscription).order_by(t.notice.c.number).limit(limit)
        return tuple(Notice(r.subscription, r.fact, datetime.fromisoformat(r.at), r.number) for r in self._db.execute(mine))

    def said(self, numbers: Iterable[int]) -> None:
        """Drop what was taken."""
        for some in parts(numbers):
            self._db.execute(delete(t.notice).where(t.notice.c.number.in_(some)))

    def _wishes(self, query: Any) -> Iterator[Subscription]:
        for body in self._db.execute(query).scalars():
            yield from_plain(Subscription, orjson.loads(body))
